"""Declare what leads do through several doors: the effect now, the use case, what was stored.

The API, the web console, the command and Slack render it, and add no word. The stops are declared
in `domain/vending/stops/kinds.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.domain.engagements.engagements import (
    Agents,
    CutOffChoice,
    EmergencyRoles,
    GrantedRoles,
    RolesOnRequest,
)
from chalicelib.domain.identifiers import AccountId, Arn
from chalicelib.domain.moments import Moment
from chalicelib.domain.onboarding.requests import GrantsToRenew
from chalicelib.domain.people.jobs import JobIssuer, JobSubject
from chalicelib.domain.people.members import Caller, Kind
from chalicelib.domain.values import Request, Value
from chalicelib.domain.vending.stops.kinds import ActionKind, StopNames
from chalicelib.domain.vending.stops.previews import Preview, build_parts
from chalicelib.usecases.ports import Ports


class Draft(StopNames):
    """An action that a lead prepares. Each action takes the fields that it needs."""

    kind: Kind | None = None
    roles: GrantedRoles | None = None
    on_request: RolesOnRequest | None = None
    emergency: EmergencyRoles | None = None
    ends_at: Moment | None = None
    account_id: AccountId = ""
    arn: Arn | None = None
    agents: Agents | None = None
    cut_off: CutOffChoice | None = None
    grants: GrantsToRenew | None = None
    issuer: JobIssuer = ""
    subject: JobSubject = ""


class Effect(Value, kw_only=False):
    """The effect that an action has now, in sentences that apply to its target."""

    lines: tuple[str, ...]
    warning: str = ""
    version: int | None = None
    """The version of what it changes."""


class LeadAction(ActionKind):
    """Something that a lead does, other than a stop."""

    summary: str = ""
    """The action in a sentence, for the command's help. If empty, the help shows the heading."""
    done: str
    """The result, as a sentence."""
    changes: bool = False
    """True if the route's method is PATCH."""
    status: int = 200
    body: type[Request] | None = None
    """The body of the API's request. None if the body has only the reason."""
    is_stop: bool = False
    """True if it takes access away."""
    has_simple_form: bool = True
    """False if the web console has more than a form with the names and a reason, or none."""
    describe: Callable[[Ports, Caller, Draft], Effect]
    """Return the effect. Raise the refusals that this target causes."""
    perform: Callable[..., Any] | None = None
    """Takes the names, and the body as `request` or the reason as `why`. None if the route is
    declared on its own."""

    def preview(self, ports: Ports, caller: Caller, draft: Draft) -> Preview:
        """Return what the action will do now. Raise InvalidRequest if a name is missing."""
        names = self.require_names(draft)
        effect = self.describe(ports, caller, draft)
        return Preview(
            name=self.name,
            title=self.build_title(names),
            warnings=(effect.warning,) if effect.warning else (),
            parts=build_parts(("Effect", effect.lines)),
            version=effect.version,
        )
