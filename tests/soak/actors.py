"""What the processes of a race do, each until its time is up."""

from __future__ import annotations

import itertools
import random
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from chalicelib.domain.engagements.engagements import ChangeEngagement
from chalicelib.domain.engagements.grants import ChangeGrant
from chalicelib.domain.errors import Conflict, DaypassError, Unavailable
from chalicelib.domain.people.members import ChangeMember
from chalicelib.domain.vending import sessions
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.sessions import Revocation, Session, SessionStatus
from chalicelib.usecases.engagements.engagements import change_engagement, find_engagement
from chalicelib.usecases.engagements.grants import change_grant
from chalicelib.usecases.people.members import change_member
from chalicelib.usecases.people.tokens import change_token
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.verification.check_role import check_role
from chalicelib.usecases.verification.rotation import MOST_RETIRED_IDS, rotate
from tests.soak.deeds import DEEDS, LATER, ROLES, WHY, NotDone, patiently, trusts
from tests.soak.here import Here, now
from tests.soak.steps import Befalls, dawdling, dying, in_steps
from tests.usecases.vending.alive import live_sessions

Given = dict[str, Any]
FATES: dict[str, Befalls] = {
    "": lambda _: None,
    "dawdles": dawdling(0.1, 0.25),
    "dawdles a lot": dawdling(0.3, 0.5),
}
# An answer lists 200 sessions; what is handed over in a race is more, and is all to be looked for.
sessions.MAX_LISTED = 1_000_000


def here_with(ports: Ports, file: int, place: Given) -> Here:
    folder = Path(place["folder"])
    return Here(ports, file, place["engagement"], folder, place["until"])


def vends(
    ports: Ports, file: int, place: Given, *, member: str, role: str, fate: str | int = ""
) -> None:
    """One member's process, which vends without pause. Its `fate` is one of FATES, or to be killed
    at the step of this number."""
    befalls = dying(fate) if isinstance(fate, int) else FATES[fate]
    moments: dict[str, float] = {}

    def note(step: str) -> None:
        if step.startswith("after"):
            moments[step] = now()
        befalls(step)
        if step.startswith("before"):
            moments[step] = now()

    here = here_with(in_steps(ports, note), file, place)
    while here.goes_on():
        began, token = now(), here.presented_by(member)
        fields = {
            "began": began,
            "member": member,
            "engagement": here.engagement,
            "role": role,
            "token": token.hash[:12],
        }
        try:
            response = vend(
                here.ports,
                RequestOrigin(token, "203.0.113.7"),
                here.engagement,
                SessionRequest(role=role),
            )
        except DaypassError as error:
            here.tell("refusal", **fields, error=type(error).__name__, reason=error.reason)
            here.rests(0.05)  # most refusals last for a while, and leave others no room
        else:
            looked, settling = moments["after facts"], moments["before settle"]
            here.tell("vend", **fields, vend=response.vend, looked=looked, settling=settling)


def leads(
    ports: Ports, file: int, place: Given, *, lead: str, does: list[tuple[str, str]], rest: float
) -> None:
    """A lead, who does one deed after the other: each named, with the member that it is about."""
    here = here_with(ports, file, place)
    random.shuffle(does)
    for name, member in itertools.cycle(does):
        here.rests(random.uniform(rest / 2, rest))  # noqa: S311 - as elsewhere here
        if not here.goes_on():
            return
        take_away_and_give_back(here, lead, name, member)


def take_away_and_give_back(here: Here, lead: str, name: str, member: str) -> None:
    deed = DEEDS[name]
    number = take_away(here, lead, name, member)
    here.rests(0.15)
    if here.goes_on():
        here.tell("restoring", number=number)
        deed.up(here, here.caller(lead), member)
        here.tell("restored", number=number)


def take_away(here: Here, lead: str, name: str, member: str) -> str:
    deed, number = DEEDS[name], secrets.token_hex(8)
    under = deed.under(here, member)
    scope = deed.scope(here, member)
    here.tell("takes away", number=number, deed=name, scope=scope, by=lead)
    while True:
        try:
            answer = deed.down(here, here.caller(lead), member)
        except NotDone:
            return number
        except DaypassError as error:
            text = f"{type(error).__name__} {error.reason}"
            here.tell("revocation refused", number=number, deed=name, error=text)
            if not here.goes_on():
                return number
        else:
            break
    answered = now()
    if isinstance(answer, Revocation):
        live, left_open = (
            known_as(SessionStatus.LIVE, answer),
            known_as(SessionStatus.UNKNOWN, answer),
        )
    else:
        # It tells of no session. One that is open a moment later has come to nothing, or will.
        live, left_open = known_as(SessionStatus.LIVE, live_sessions(here.ports, under)), []
    here.tell("answer", number=number, answered=answered, live=live, left_open=left_open)
    return number


def known_as(standing: SessionStatus, told: Revocation | tuple[Session, ...]) -> list[str]:
    listed = told.sessions if isinstance(told, Revocation) else told
    return [item.vend for item in listed if item.standing is standing]


def rotates(ports: Ports, file: int, place: Given, *, lead: str) -> None:
    """A lead and the client's admin, who rotate the external ID and have the roles checked; in
    between the client shuts a door, and the check finds it shut. Twenty times at most."""
    here = here_with(ports, file, place)

    def check(role: str) -> None:
        patiently(here, lambda: check_role(here.ports, here.caller(lead), here.engagement, role))
        here.tell("checked", role=role)

    for _ in range(MOST_RETIRED_IDS):
        if not here.goes_on():
            return
        patiently(here, lambda: rotate(here.ports, here.caller(lead), here.engagement, why=WHY))
        sent = find_engagement(here.ports, here.engagement)
        for role in ROLES:
            trusts(here, role, *sent.external_ids)
        for role in itertools.cycle(("readonly", "audit")):
            check(role)
            if not here.goes_on() or not find_engagement(here.ports, sent.id).next_external_id:
                break
        here.rests(2)  # vends that were decided on before may still ask with the former one
        if not here.goes_on():
            return
        here.tell("rotated")
        for role in ROLES:
            trusts(here, role, str(sent.next_external_id))
        for role in itertools.cycle(("readonly", "audit")):
            check(role)
            if not here.goes_on() or not find_engagement(here.ports, sent.id).previous_external_id:
                break
        take_away_and_give_back(here, lead, "role found shut", "")


def changes(ports: Ports, file: int, place: Given, *, lead: str, members: list[str]) -> None:
    """A lead and members who change what takes nothing away, again and again."""
    here = here_with(ports, file, place)
    for number in itertools.count():
        if not here.goes_on():
            return
        member, by = members[number % len(members)], here.caller(lead)
        renamed = ChangeEngagement(client=f"Acme {number}")
        longer = ChangeGrant(ends_at=here.ports.now() + LATER)
        harmless: list[Callable[[], Any]] = [
            partial(change_engagement, here.ports, by, here.engagement, renamed),
            partial(change_grant, here.ports, by, here.engagement, member, longer),
            partial(relabel, here, member, f"laptop {number}"),
        ]
        for change in harmless:
            here.rests(random.uniform(0, 0.1))  # noqa: S311 - as elsewhere here
            try:
                change()
            except (Conflict, Unavailable) as error:
                here.tell("put off", reason=error.reason)
            except DaypassError:
                continue  # the member is suspended, say
            else:
                here.tell("changed")


def starves(ports: Ports, file: int, place: Given, *, lead: str, members: list[str]) -> None:
    """A lead gone bad, and members, who keep the same items in transactions without a pause."""
    here = here_with(ports, file, place)
    for number in itertools.count():
        if not here.goes_on():
            return
        member, by = members[number % len(members)], here.caller(lead)
        writes: list[Callable[[], Any]] = [
            partial(change_member, here.ports, by, member, ChangeMember(name=f"M {number}")),
            partial(relabel, here, member, f"laptop {number}"),
            partial(
                change_engagement,
                here.ports,
                by,
                here.engagement,
                ChangeEngagement(client=f"Acme {number}"),
            ),
        ]
        for write in writes:
            with suppress(DaypassError):
                write()
                here.tell("changed")


def relabel(here: Here, member: str, label: str) -> None:
    caller = here.caller(member)
    change_token(here.ports, caller, caller.token.id, label=label)


def revokes(
    ports: Ports, file: int, place: Given, *, lead: str, deed: str, member: str, dies_at: int = -1
) -> None:
    """A lead who takes something away once, and may be killed at the step of this number."""
    befalls = dying(dies_at) if dies_at >= 0 else lambda _: None
    here = here_with(in_steps(ports, befalls), file, place)
    take_away(here, lead, deed, member)


ACTORS: dict[str, Callable[..., None]] = {
    "vends": vends,
    "leads": leads,
    "rotates": rotates,
    "changes": changes,
    "starves": starves,
    "revokes": revokes,
}
