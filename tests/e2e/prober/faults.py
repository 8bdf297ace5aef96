"""Faults planted in the served app, and the API checks that must report them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.adapters.dynamodb.state import DynamoState
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people import members as member_authentication
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import PresentedToken, Token, parse_token
from chalicelib.domain.prober.checks import MALFORMED, OTHER_ENGAGEMENT
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.entrypoints.http import authentication
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.prober.check_api import DISTINGUISHABLE
from chalicelib.usecases.vending import vend as vending
from tests.e2e.prober.deployed import Deployed

Plant = Callable[[pytest.MonkeyPatch, Deployed], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A planted fault. `findings` are checks that must be wrongly allowed; there may be more."""

    plant: Plant
    findings: tuple[str, ...]


def in_route(
    route: str, name: str, instead: Callable[..., Any], patch: pytest.MonkeyPatch, app: Any
) -> None:
    """Replace the attribute `name` of the authentication module while this route is served."""
    method, path = route.split()
    entry = app.routes[path][method]
    serve = entry.view_function

    def served(**parameters: str) -> Any:
        with pytest.MonkeyPatch.context() as meanwhile:
            meanwhile.setattr(authentication, name, instead)
            return serve(**parameters)

    patch.setattr(entry, "view_function", served)


def route_without_its_check(route: str, patch: pytest.MonkeyPatch, deployed: Deployed) -> None:
    """Treat every caller as the lead."""
    lead = parse_token(deployed.lead_token)
    assert lead is not None
    every_caller = lambda *_: RequestOrigin(lead, "127.0.0.1")  # noqa: E731
    in_route(route, "read_request_origin", every_caller, patch, deployed.running.app)


def route_for_members_too(route: str, patch: pytest.MonkeyPatch, deployed: Deployed) -> None:
    admit = authentication.admit

    def admit_everyone(
        ports: Ports, origin: RequestOrigin, _kinds: Any, *more: Any, **options: Any
    ) -> Any:
        return admit(ports, origin, EVERYONE, *more, **options)

    in_route(route, "admit", admit_everyone, patch, deployed.running.app)


def revocation_that_is_ignored(patch: pytest.MonkeyPatch, _: Deployed) -> None:
    fault_of = member_authentication.find_token_problem

    def forgiving(token: Token, member: Member, now: Any) -> Reason | None:
        return fault_of(replace(token, revoked_at=None), member, now)

    patch.setattr(member_authentication, "find_token_problem", forgiving)


def revocation_that_vends_ignore(patch: pytest.MonkeyPatch, _: Deployed) -> None:
    facts = DynamoState.access_facts

    def stale(self: DynamoState, *arguments: Any) -> AccessFacts:
        read = facts(self, *arguments)
        return replace(read, token=read.token and replace(read.token, revoked_at=None))

    patch.setattr(DynamoState, "access_facts", stale)


def unverified_role_that_is_vended_from(patch: pytest.MonkeyPatch, _: Deployed) -> None:
    patch.setattr(Role, "is_overridden", lambda *_: True)


def unverified_role_that_aws_is_asked_for(patch: pytest.MonkeyPatch, deployed: Deployed) -> None:
    """Let Daypass call AWS for a role that does not exist: it vends nothing, but it called AWS."""
    unverified_role_that_is_vended_from(patch, deployed)
    facts = DynamoState.access_facts

    def elsewhere(self: DynamoState, *arguments: Any) -> AccessFacts:
        read = facts(self, *arguments)
        role = read.role and replace(read.role, arn=f"{read.role.arn}-that-is-not-there")
        return replace(read, role=role)

    patch.setattr(DynamoState, "access_facts", elsewhere)


def malformed_token_that_is_taken(patch: pytest.MonkeyPatch, deployed: Deployed) -> None:
    def lenient(text: str) -> PresentedToken | None:
        return parse_token(deployed.tokens()["live"] if text == MALFORMED else text)

    patch.setattr(authentication, "parse_token", lenient)


def grant_that_is_not_looked_at(patch: pytest.MonkeyPatch, _: Deployed) -> None:
    """Treat a grant for one engagement as a grant for the other as well."""
    facts = DynamoState.access_facts

    def generous(
        self: DynamoState, arguments: PresentedToken, engagement: str, role: str
    ) -> AccessFacts:
        read = facts(self, arguments, engagement, role)
        own = facts(self, arguments, "prober", role).grant
        there = engagement == OTHER_ENGAGEMENT and own is not None
        return replace(read, grant=replace(own, engagement=OTHER_ENGAGEMENT)) if there else read

    patch.setattr(DynamoState, "access_facts", generous)


def sentence_only_for_existing_engagements(patch: pytest.MonkeyPatch, _: Deployed) -> None:
    """Refuse with the same status and reason, and one more sentence if the engagement exists."""
    record_refusal = vending.record_and_build_refusal_error

    def talkative(
        ports: Ports, origin: RequestOrigin, action: Any, facts: AccessFacts, *more: Any
    ) -> DaypassError:
        error = record_refusal(ports, origin, action, facts, *more)
        if facts.engagement is not None and facts.grant is None:
            return type(error)(error.reason, f"{error.detail} It is another team's.")
        return error

    patch.setattr(vending, "record_and_build_refusal_error", talkative)


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
        partial(route_for_members_too, "GET /v1/members"), ("list of members",)
    ),
    "the trail for members too": Fault(partial(route_for_members_too, "GET /v1/trail"), ("trail",)),
    "a revocation that is ignored": Fault(
        revocation_that_is_ignored, ("revoked token: vend", "revoked token: read")
    ),
    "a revocation that vends ignore": Fault(revocation_that_vends_ignore, ("revoked token: vend",)),
    "an unverified role that is vended from": Fault(
        unverified_role_that_is_vended_from, ("unverified role",)
    ),
    "an unverified role that AWS is asked for": Fault(
        unverified_role_that_aws_is_asked_for, ("unverified role",)
    ),
    "an accepted malformed token": Fault(
        malformed_token_that_is_taken, ("malformed token: vend", "malformed token: read")
    ),
    "a grant that is not looked at": Fault(grant_that_is_not_looked_at, (DISTINGUISHABLE,)),
    "a sentence only for existing engagements": Fault(
        sentence_only_for_existing_engagements, (DISTINGUISHABLE,)
    ),
}
