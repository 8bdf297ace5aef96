"""All actions of leads by name, and the use case of each stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalicelib.domain.errors import NotFound, Reason
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import sent_fields
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.stops.block_status import FreezeStatus
from chalicelib.domain.vending.stops.kinds import STOPS, StopTarget
from chalicelib.domain.vending.stops.previews import Preview
from chalicelib.usecases.actions import Draft, Effect, LeadAction
from chalicelib.usecases.engagements import actions as engagement_actions
from chalicelib.usecases.engagements.engagements import (
    close_engagement,
    find_engagement,
    revoke_engagement,
)
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.engagements.several import leave, revoke_client
from chalicelib.usecases.onboarding import actions as onboarding_actions
from chalicelib.usecases.people import actions as people_actions
from chalicelib.usecases.people.lead_changes import Suspension, suspend_member
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client.approvers import find_approver, revoke_approver
from chalicelib.usecases.requests.client.rules import (
    find_pause,
    lift_pause_as_leads,
    require_client_approval,
)
from chalicelib.usecases.requests.own import revoke_request
from chalicelib.usecases.vending.blocks import freezing
from chalicelib.usecases.vending.end_session import revoke_session
from chalicelib.usecases.vending.stops.previews import preview_stop

Stopped = Revocation | Suspension | FreezeStatus


def _revoke_session(
    ports: Ports, lead: Caller, *, member: str, session: str, why: str
) -> Revocation:
    find_member(ports, member)
    return revoke_session(ports, lead, member, session, why=why)


def _freeze(ports: Ports, lead: Caller, *, why: str) -> FreezeStatus:
    return FreezeStatus.from_block(freezing.freeze(ports, lead, why=why), ports.now())


USE_CASES: Mapping[str, Callable[..., Stopped]] = {
    "revoke-session": _revoke_session,
    "revoke-token": revoke_token,
    "revoke-grant": revoke_grant,
    "revoke-request": revoke_request,
    "revoke-member": suspend_member,
    "member-leaves": leave,
    "revoke-role": end_role,
    "revoke-engagement": revoke_engagement,
    "close-engagement": close_engagement,
    "revoke-client": revoke_client,
    "freeze": _freeze,
}
"""By the stop's name. Each takes the names of the target, and returns the API's answer."""


def carry_out(ports: Ports, lead: Caller, target: StopTarget, *, why: str) -> Stopped:
    """Carry out the stop, and return its response. Raise the errors of the use case for this kind
    of stop."""
    return USE_CASES[target.kind.name](ports, lead, **sent_fields(target.names), why=why)


def _describe_thaw(ports: Ports, lead: Caller, _draft: Draft) -> Effect:
    status = FreezeStatus.from_block(freezing.find_freeze(ports), ports.now())
    return Effect(status.describe_thaw(lead.member.id))


def _thaw(ports: Ports, lead: Caller, *, why: str) -> FreezeStatus:
    return FreezeStatus.from_block(freezing.thaw(ports, lead, why=why), ports.now())


def _describe_lift(ports: Ports, lead: Caller, draft: Draft) -> Effect:
    status = find_pause(ports, draft.engagement)
    return Effect(status.describe_lift(lead.member.id))


def _describe_approver(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    person = find_approver(ports, draft.engagement, draft.approver)
    if person.is_contact:
        hears = (
            f"{person.name} is no longer notified of requests and decisions. A contact cannot"
            " approve requests."
        )
        return Effect((hears,))
    return Effect(
        (
            f"{person.name}'s links stop working, and they can no longer approve requests.",
            (
                "Access that they approved is revoked, and can no longer be used to start sessions."
                " Live sessions keep working until they expire, within an hour, unless the client"
                " lets Daypass cut them off."
            ),
            "Their approvals of pending requests no longer count.",
        )
    )


def _describe_requirement(ports: Ports, _lead: Caller, draft: Draft) -> Effect:
    engagement = find_engagement(ports, draft.engagement)
    return Effect(
        (
            (
                f"From now on, no one can get access to {engagement.id} without the approval of one"
                " of the client’s approvers, not even in an emergency."
            ),
            (
                "A grant alone is no longer enough to get a session. Live sessions keep working"
                " until they expire."
            ),
        ),
        warning="Only the client can lift this rule.",
    )


_OWN = (
    LeadAction(
        name="thaw",
        summary="Ask to lift the freeze, or confirm another lead's request (two leads needed)",
        command="thaw",
        route="/v1/thaw",
        heading="Thaw",
        action=Action.FREEZE_LIFT_REQUEST,
        done="",
        describe=_describe_thaw,
        perform=_thaw,
    ),
    LeadAction(
        name="lift-pause",
        summary="Ask to lift a client's pause, or confirm another lead's request after 24 hours",
        command="lift-pause ENGAGEMENT",
        route="/v1/engagements/{engagement}/lift-pause",
        heading="Lift a pause",
        target="{engagement}",
        action=Action.PAUSE_LIFT_REQUEST,
        done="",
        has_simple_form=False,
        describe=_describe_lift,
        perform=lift_pause_as_leads,
    ),
    LeadAction(
        name="revoke-approver",
        route="/v1/engagements/{engagement}/approvers/{approver}/revoke",
        heading="Revoke an approver",
        target="{approver} in {engagement}",
        action=Action.APPROVER_REVOKE,
        done="The person can no longer act for the client.",
        is_stop=True,
        has_simple_form=False,
        describe=_describe_approver,
        perform=revoke_approver,
    ),
    LeadAction(
        name="require-client-approval",
        summary="Require the client's approval for all access. Only the client can undo this",
        command="client-approval ENGAGEMENT",
        route="/v1/engagements/{engagement}/client-approval",
        heading="Require the client’s approval",
        target="{engagement}",
        action=Action.CLIENT_APPROVAL_REQUIRE,
        done="All access needs the client’s approval now.",
        is_stop=True,
        describe=_describe_requirement,
        perform=require_client_approval,
    ),
)
ACTIONS: Mapping[str, LeadAction] = {
    action.name: action
    for action in (
        *people_actions.ACTIONS,
        *engagement_actions.ACTIONS,
        *onboarding_actions.ACTIONS,
        *_OWN,
    )
}


def preview(ports: Ports, lead: Caller, name: str, draft: Draft) -> Preview:
    """Return what the stop or the action of this name will do now. Raise NotFound if there is
    none."""
    if name in STOPS:
        return preview_stop(ports, lead, STOPS[name], draft)
    if name not in ACTIONS:
        raise NotFound(Reason.NO_SUCH_ROUTE)
    return ACTIONS[name].preview(ports, lead, draft)
