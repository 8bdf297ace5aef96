"""Exchange an enrolment code, once, for what lets its member in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.edits import Edit
from chalicelib.domain.errors import AccessDenied, Conflict
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.one_time_secrets import id_of
from chalicelib.domain.people.enrolments import (
    Enrolment,
    Flaw,
    flaw_of,
    is_for,
    presented_code,
)
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.recognition import fault_of
from chalicelib.domain.people.tokens import Presented, Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Item, Secret, Thing, changed
from chalicelib.domain.trail import OPERATOR, Action, Operation, Outcome
from chalicelib.usecases.lists import every, token_with_id
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Unattended, change, record, write

# Somebody may change the member's name, say, at the same moment. After this many looks the member
# tries again.
LOOKS = 4
MOST_OTHERS = 20
# Whoever has an old code could bury the leads in events. The trail has every try.
BETWEEN_EVENTS = timedelta(days=1)


class Gain(Thing, frozen=True, kw_only=True):
    """What a code is exchanged for, and not written yet."""

    token: Token
    more: tuple[Item, ...] = ()
    text: Secret[str] = ""


Makes = Callable[[str, str, datetime], Gain]
"""Given the member's id, the code's hash, and the moment."""


class _Good(Thing, frozen=True, kw_only=True):
    """A code that is taken: the member whose it is, and what has to stand."""

    member: Member
    enrolment: Enrolment
    standing: tuple[Item, ...]


def exchange(ports: Ports, code: str, address: str, make: Makes) -> tuple[Gain, tuple[Token, ...]]:
    """What is made of the member's id and the code's hash, written together with the code's use;
    and the member's other tokens that work."""
    shown = presented_code(code)
    if shown is None:
        raise AccessDenied(Reason.ENROLMENT_REFUSED)
    for _ in range(LOOKS):
        now = ports.now()
        good = _good(ports, shown, address, now)
        new = make(good.member.id, shown.hash, now)
        working = _working(every(ports.state, Token, member=good.member.id), good.member, now)
        details = {
            "kind": Kind.LEAD.value if good.member.kind is Kind.LEAD else "",
            "other_tokens": str(len(working)) if working else "",
            "made_by": good.enrolment.made_by,
        }
        edits: list[Edit] = [(None, new.token), (good.enrolment, good.enrolment.used(now))]
        edits += [(None, one) for one in new.more]
        by = Unattended(good.member.id, good.standing, good.enrolment.id, address)
        try:
            write(ports, by, Action.ENROLMENT_USE, *edits, details=details)
        except Conflict:
            continue
        return new, working
    raise Conflict(Reason.CHANGED_MEANWHILE)


def _good(ports: Ports, shown: Presented, address: str, now: datetime) -> _Good:
    """What there is on record of the code; AccessDenied if it is not taken."""
    member, enrolment = (
        ports.state.get(Member, shown.member),
        ports.state.get(Enrolment, shown.member),
    )
    if member is None or enrolment is None or not is_for(enrolment, shown):
        # Anybody can ask this of any member: it costs the same, however many tokens they have.
        raise _refused(
            ports,
            shown,
            ports.state.list(Token, enrolment=shown.hash, limit=1000).items,
            None,
            address,
        )
    maker = None if enrolment.made_by == OPERATOR else ports.state.get(Member, enrolment.made_by)
    made_with = (
        token_with_id(ports.state, enrolment.made_by, enrolment.made_with) if maker else None
    )
    flaw = flaw_of(enrolment, member, maker, made_with, now)
    if flaw is not None:
        # Of the last code all is read, since the index of the others may lag.
        tokens = every(ports.state, Token, member=shown.member)
        got = [token for token in tokens if token.enrolment == shown.hash]
        raise _refused(ports, shown, got, flaw, address)
    standing = tuple(one for one in (member, maker, made_with) if one is not None)
    return _Good(member=member, enrolment=enrolment, standing=standing)


def _working(tokens: Sequence[Token], member: Member, now: datetime) -> tuple[Token, ...]:
    working = (token for token in tokens if fault_of(token, member, now) is None)
    latest_first = sorted(working, key=lambda token: token.created_at, reverse=True)
    return tuple(latest_first[:MOST_OTHERS])


def _refused(
    ports: Ports, shown: Presented, got: Sequence[Token], flaw: Flaw | None, address: str
) -> AccessDenied:
    """Record the refusal of a code that Daypass knows, and tell the leads of one used twice.

    A code that it does not know is not recorded: anybody could fill the trail with those. One that
    was used is known by its token for good, also after another code has taken its place.
    """
    got = sorted(got, key=lambda token: token.created_at)
    because = Flaw.USED if got else flaw
    if because is None:
        return AccessDenied(Reason.ENROLMENT_REFUSED)
    operation = Operation(
        action=Action.ENROLMENT_USE,
        outcome=Outcome.REFUSED,
        reason=Reason.ENROLMENT_REFUSED,
        details={"because": because.value} | (_first_use(got, ports.now()) if got else {}),
    )
    by = Unattended(shown.member, token_id=id_of(shown.hash), address=address)
    if got:
        _record_second_use(ports, by, got[0], operation)
    else:
        record(ports, by, operation)
    return AccessDenied(Reason.ENROLMENT_REFUSED)


def _first_use(got: Sequence[Token], now: datetime) -> dict[str, str]:
    """Return what the trail says of the exchange before. `got` is the token that the code was
    exchanged for, and what that was rotated to."""
    first = got[0]
    working = (one.id for one in got if one.revoked_at is None and now < one.expires_at)
    return {
        "token": first.id,
        "used_at": rfc3339(first.created_at),
        "used_from": first.made_from or "an unknown address",
        "working_tokens": " ".join(working),
    }


def _record_second_use(ports: Ports, by: Unattended, got: Token, operation: Operation) -> None:
    """Record that a used code was shown again. Once a day for each code that is news: anyone who
    has the code could repeat it without end."""
    for _ in range(LOOKS):
        first, now = token_with_id(ports.state, got.member, got.id) or got, ports.now()
        told_at = first.code_shown_again_at
        if told_at is not None and now < told_at + BETWEEN_EVENTS:
            again = {**operation.details, "again": "true"}
            record(ports, by, replace(operation, details=again))
            return
        try:
            change(ports, by, operation, [changed(first, code_shown_again_at=now)])
        except Conflict:
            continue
        return
    record(ports, by, operation)
