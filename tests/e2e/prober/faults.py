"""What is done wrong on purpose in the served app, and what the prober makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.adapters.dynamodb.state import DynamoState
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people import recognition
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import PresentedToken, Token, presented
from chalicelib.domain.prober.checks import MALFORMED, OTHER
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.entrypoints.http import authentication
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.vending import vend as vending
from tests.e2e.prober.deployed import Deployed

TOLD_APART = "engagement of others, told apart from one that is not there"
Plant = Callable[[pytest.MonkeyPatch, Deployed], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """`found` is what has to be found of it, as given; there may be more."""

    plant: Plant
    found: tuple[str, ...]


def in_route(
    route: str, name: str, instead: Callable[..., Any], patch: pytest.MonkeyPatch, app: Any
) -> None:
    """While this one route is served, the framework of all routes has something else in a place."""
    method, path = route.split()
    entry = app.routes[path][method]
    serve = entry.view_function

    def served(**parameters: str) -> Any:
        with pytest.MonkeyPatch.context() as meanwhile:
            meanwhile.setattr(authentication, name, instead)
            return serve(**parameters)

    patch.setattr(entry, "view_function", served)


def route_without_its_check(route: str, patch: pytest.MonkeyPatch, deployed: Deployed) -> None:
    """Whoever asks is taken for the lead."""
    lead = presented(deployed.lead_token)
    assert lead is not None
    anybody = lambda *_: RequestOrigin(lead, "127.0.0.1")  # noqa: E731
    in_route(route, "who_is_asking", anybody, patch, deployed.running.app)


def route_for_members_too(route: str, patch: pytest.MonkeyPatch, deployed: Deployed) -> None:
    admit = authentication.admit

    def everybody(
        ports: Ports, asking: RequestOrigin, _kinds: Any, *more: Any, **named: Any
    ) -> Any:
        return admit(ports, asking, EVERYONE, *more, **named)

    in_route(route, "admit", everybody, patch, deployed.running.app)


def revocation_that_is_ignored(patch: pytest.MonkeyPatch, _: Deployed) -> None:
    fault_of = recognition.fault_of

    def forgiving(token: Token, member: Member, now: Any) -> Reason | None:
        return fault_of(replace(token, revoked_at=None), member, now)

    patch.setattr(recognition, "fault_of", forgiving)


def revocation_that_vends_ignore(patch: pytest.MonkeyPatch, _: Deployed) -> None:
    facts = DynamoState.facts

    def stale(self: DynamoState, *asked: Any) -> AccessFacts:
        read = facts(self, *asked)
        return replace(read, token=read.token and replace(read.token, revoked_at=None))

    patch.setattr(DynamoState, "facts", stale)


def unproven_role_that_is_vended_from(patch: pytest.MonkeyPatch, _: Deployed) -> None:
    patch.setattr(Role, "is_overridden", lambda *_: True)


def unproven_role_that_aws_is_asked_for(patch: pytest.MonkeyPatch, deployed: Deployed) -> None:
    """The role is not there, as it usually is not: nothing is given, and it was asked for."""
    unproven_role_that_is_vended_from(patch, deployed)
    facts = DynamoState.facts

    def elsewhere(self: DynamoState, *asked: Any) -> AccessFacts:
        read = facts(self, *asked)
        role = read.role and replace(read.role, arn=f"{read.role.arn}-that-is-not-there")
        return replace(read, role=role)

    patch.setattr(DynamoState, "facts", elsewhere)


def malformed_token_that_is_taken(patch: pytest.MonkeyPatch, deployed: Deployed) -> None:
    def lenient(text: str) -> PresentedToken | None:
        return presented(deployed.tokens()["live"] if text == MALFORMED else text)

    patch.setattr(authentication, "presented", lenient)


def grant_that_is_not_looked_at(patch: pytest.MonkeyPatch, _: Deployed) -> None:
    """The member is taken to be on the other engagement as well."""
    facts = DynamoState.facts

    def generous(
        self: DynamoState, asked: PresentedToken, engagement: str, role: str
    ) -> AccessFacts:
        read = facts(self, asked, engagement, role)
        own = facts(self, asked, "prober", role).grant
        there = engagement == OTHER and own is not None
        return replace(read, grant=replace(own, engagement=OTHER)) if there else read

    patch.setattr(DynamoState, "facts", generous)


def sentence_for_those_that_there_are(patch: pytest.MonkeyPatch, _: Deployed) -> None:
    """Same status, same reason; a word more where the engagement exists."""
    refused = vending.record_refusal_of_vend

    def talkative(
        ports: Ports, asking: RequestOrigin, action: Any, facts: AccessFacts, *more: Any
    ) -> DaypassError:
        error = refused(ports, asking, action, facts, *more)
        if facts.engagement is not None and facts.grant is None:
            error.detail += " It is another team's."
        return error

    patch.setattr(vending, "refused", talkative)


UNCHECKED = (
    "GET /v1/members",
    "POST /v1/members",
    "GET /v1/me",
    "POST /v1/engagements/{engagement}/revoke",
    "GET /v1/engagements/{engagement}/roles/{role}/setup/files",
    "POST /v1/engagements/{engagement}/sessions",
)
FAULTS: dict[str, Fault] = {
    **{
        f"{route} without its check": Fault(
            partial(route_without_its_check, route), (f"no token: {route}",)
        )
        for route in UNCHECKED
    },
    "a lead's list for members too": Fault(
        partial(route_for_members_too, "GET /v1/members"), ("lead's list",)
    ),
    "the trail for members too": Fault(partial(route_for_members_too, "GET /v1/trail"), ("trail",)),
    "a revocation that is ignored": Fault(
        revocation_that_is_ignored, ("revoked token", "revoked token, reading")
    ),
    "a revocation that vends ignore": Fault(revocation_that_vends_ignore, ("revoked token",)),
    "an unproven role that is vended from": Fault(
        unproven_role_that_is_vended_from, ("unproven role",)
    ),
    "an unproven role that AWS is asked for": Fault(
        unproven_role_that_aws_is_asked_for, ("unproven role",)
    ),
    "a malformed token that is taken": Fault(
        malformed_token_that_is_taken, ("malformed token", "malformed token, reading")
    ),
    "a grant that is not looked at": Fault(grant_that_is_not_looked_at, (TOLD_APART,)),
    "a sentence for those that there are": Fault(sentence_for_those_that_there_are, (TOLD_APART,)),
}
