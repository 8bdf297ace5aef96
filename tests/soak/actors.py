"""The actors of the soak: functions that run in processes of their own until their deadline."""

from __future__ import annotations

import itertools
import random
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from chalicelib.domain.engagements.engagements import ChangeEngagement, ChangeGrant
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import ChangeMember
from chalicelib.domain.people.tokens import ChangeToken
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.sessions import Revocation, Session, SessionStatus
from chalicelib.usecases.engagements.engagements import change_engagement, find_engagement
from chalicelib.usecases.engagements.grants import change_grant
from chalicelib.usecases.people.members import change_member
from chalicelib.usecases.people.tokens import change_token
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.verification.verify import MOST_RETIRED_IDS, begin_rotation, check_role
from tests.soak.context import ActorContext, now
from tests.soak.hooks import StepHook, delayed, killed_at, with_hook
from tests.soak.restrictions import (
    LATER,
    RESTRICTIONS,
    ROLES,
    WHY,
    NotImposed,
    retry,
    set_trust_policy,
)
from tests.usecases.vending.alive import live_sessions

ContextFields = dict[str, Any]
DELAYS: dict[str, StepHook] = {
    "": lambda _: None,
    "short": delayed(0.1, 0.25),
    "long": delayed(0.3, 0.5),
}


def context_of(ports: Ports, log_file: int, fields: ContextFields) -> ActorContext:
    """Return the context of an actor, in its own process."""
    folder = Path(fields["folder"])
    return ActorContext(ports, log_file, fields["engagement"], folder, fields["deadline"])


def vend_repeatedly(
    ports: Ports,
    log_file: int,
    context: ContextFields,
    *,
    member: str,
    role: str,
    delay: str = "",
    dies_at: int = -1,
) -> None:
    """Vend as the member without a pause.

    `delay` is a key of DELAYS. A process with `dies_at` kills itself at the step of that number.
    """
    hook = killed_at(dies_at) if dies_at >= 0 else DELAYS[delay]
    hooked, step_times = observed(ports, hook)
    actor = context_of(hooked, log_file, context)
    while actor.has_time():
        vend_once(actor, step_times, member, role)


def observed(ports: Ports, hook: StepHook) -> tuple[Ports, dict[str, float]]:
    """Return ports with the hook, and the times of their last steps, which they update."""
    step_times: dict[str, float] = {}

    def record_time(step: str) -> None:
        if step.startswith("after"):
            step_times[step] = now()
        hook(step)
        if step.startswith("before"):
            step_times[step] = now()

    return with_hook(ports, record_time), step_times


def vend_once(actor: ActorContext, step_times: dict[str, float], member: str, role: str) -> None:
    """Vend as the member, and log the response."""
    began, token = now(), actor.token_of(member)
    request = {
        "began": began,
        "member": member,
        "engagement": actor.engagement,
        "role": role,
        "token": token.hash[:12],
    }
    try:
        session = vend(
            actor.ports,
            RequestOrigin(token, "203.0.113.7"),
            actor.engagement,
            SessionRequest(role=role),
        )
    except DaypassError as error:
        actor.log("refusal", **request, error=type(error).__name__, reason=error.reason)
        actor.sleep(0.05)  # most refusals last a while: leave the CPU to other processes
    else:
        actor.log(
            "vend",
            **request,
            vend=session.vend,
            facts_read=step_times["after access_facts"],
            putting_outcome=step_times["before put_outcome"],
        )


def restrict_repeatedly(
    ports: Ports,
    log_file: int,
    context: ContextFields,
    *,
    lead: str,
    restrictions: list[tuple[str, str]],
    max_pause: float,
    held_for: float = 0.15,
) -> None:
    """Impose and lift the restrictions in turn: each a name and the member it is about."""
    actor = context_of(ports, log_file, context)
    random.shuffle(restrictions)
    for name, member in itertools.cycle(restrictions):
        actor.sleep(random.uniform(max_pause / 2, max_pause))  # noqa: S311 - no secret depends on it
        if not actor.has_time():
            return
        impose_and_lift(actor, lead, name, member, held_for)


def impose_and_lift(
    actor: ActorContext, lead: str, name: str, member: str, held_for: float = 0.15
) -> None:
    restriction_id = impose(actor, lead, name, member)
    actor.sleep(held_for)
    if actor.has_time():
        actor.log("restoring", id=restriction_id)
        try:
            RESTRICTIONS[name].lift(actor, actor.caller(lead), member)
        except DaypassError as error:  # someone else has ended the restriction
            text = f"{type(error).__name__} {error.reason}"
            actor.log("restoring refused", id=restriction_id, restriction=name, error=text)
        else:
            actor.log("restored", id=restriction_id)


def impose(actor: ActorContext, lead: str, name: str, member: str) -> str:
    """Impose a restriction, log the response, and return the restriction's ID in the log."""
    restriction, restriction_id = RESTRICTIONS[name], secrets.token_hex(8)
    basis = restriction.basis(actor, member)
    scope = restriction.scope(actor, member)
    actor.log("imposing", id=restriction_id, restriction=name, scope=scope, by=lead)
    while True:
        try:
            response = restriction.impose(actor, actor.caller(lead), member)
        except NotImposed:
            return restriction_id
        except DaypassError as error:
            text = f"{type(error).__name__} {error.reason}"
            actor.log("revocation refused", id=restriction_id, restriction=name, error=text)
            if not actor.has_time():
                return restriction_id
        else:
            break
    acknowledged_at = now()
    if isinstance(response, Revocation):
        live = vends_with(SessionStatus.LIVE, response.sessions)
        left_open = vends_with(SessionStatus.UNKNOWN, response.sessions)
    else:
        # The response lists no sessions. A vend without an outcome now will get none, or withheld.
        live, left_open = vends_with(SessionStatus.LIVE, live_sessions(actor.ports, basis)), []
    actor.log(
        "acknowledged",
        id=restriction_id,
        acknowledged_at=acknowledged_at,
        live=live,
        left_open=left_open,
    )
    return restriction_id


def vends_with(status: SessionStatus, listed: tuple[Session, ...]) -> list[str]:
    return [session.vend for session in listed if session.status is status]


def rotate_repeatedly(ports: Ports, log_file: int, context: ContextFields, *, lead: str) -> None:
    """Rotate the external ID as a lead and the client's administrator, and check the roles.

    After each rotation the client's role refuses Daypass for a while, and the check notices it.
    An engagement allows twenty rotations.
    """
    actor = context_of(ports, log_file, context)

    def check_until_gone(attribute: str, *external_ids: str) -> None:
        """Let the roles accept these IDs, and check them until the engagement lacks the other."""
        for role in ROLES:
            set_trust_policy(actor, role, *external_ids)
        for role in itertools.cycle(("readonly", "audit")):
            by = actor.caller(lead)
            retry(actor, partial(check_role, actor.ports, by, actor.engagement, role))
            current = find_engagement(actor.ports, actor.engagement)
            if not actor.has_time() or not getattr(current, attribute):
                return

    for _ in range(MOST_RETIRED_IDS):
        if not actor.has_time():
            return
        retry(
            actor,
            lambda: begin_rotation(actor.ports, actor.caller(lead), actor.engagement, why=WHY),
        )
        engagement = find_engagement(actor.ports, actor.engagement)
        check_until_gone("next_external_id", *engagement.external_ids)
        actor.sleep(2)  # vends allowed before the rotation may still send the previous ID
        if not actor.has_time():
            return
        check_until_gone("previous_external_id", str(engagement.next_external_id))
        impose_and_lift(actor, lead, "role refused", "")


def change_repeatedly(
    ports: Ports,
    log_file: int,
    context: ContextFields,
    *,
    lead: str,
    members: list[str],
    max_pause: float,
) -> None:
    """Make changes, as the lead and as the members, that restrict no one. Without a pause, a rogue
    lead and members keep the items in transactions."""
    actor = context_of(ports, log_file, context)
    for number in itertools.count():
        if not actor.has_time():
            return
        member, by = members[number % len(members)], actor.caller(lead)
        renamed = ChangeEngagement(client=f"Acme {number}")
        longer = ChangeGrant(ends_at=actor.ports.now() + LATER)
        changes: list[Callable[[], Any]] = [
            partial(change_engagement, actor.ports, by, actor.engagement, renamed),
            partial(change_grant, actor.ports, by, actor.engagement, member, longer),
            partial(change_member, actor.ports, by, member, ChangeMember(name=f"M {number}")),
            partial(relabel_token, actor, member, f"laptop {number}"),
        ]
        for change in changes:
            actor.sleep(random.uniform(0, max_pause))  # noqa: S311 - no secret depends on it
            with suppress(DaypassError):  # for example, the member is suspended
                change()


def relabel_token(actor: ActorContext, member: str, label: str) -> None:
    caller = actor.caller(member)
    change_token(actor.ports, caller, caller.token.id, ChangeToken(label=label))


def revoke_once(
    ports: Ports,
    log_file: int,
    context: ContextFields,
    *,
    lead: str,
    restriction: str,
    member: str,
    dies_at: int = -1,
) -> None:
    """Impose a restriction once. With `dies_at` the process kills itself at that step."""
    hook = killed_at(dies_at) if dies_at >= 0 else DELAYS[""]
    actor = context_of(with_hook(ports, hook), log_file, context)
    impose(actor, lead, restriction, member)


ACTORS: dict[str, Callable[..., None]] = {
    "vend": vend_repeatedly,
    "lead": restrict_repeatedly,
    "rotate": rotate_repeatedly,
    "change": change_repeatedly,
    "revoke": revoke_once,
}
