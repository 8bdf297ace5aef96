"""API tokens: rotate one's own, change its label, revoke it. `enrol` gives a member one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.one_time_secrets import Life
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import SECRET_BYTES, Token, presented, token_text
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Inline, ShownOnce, Thing, changed
from chalicelib.domain.trail import OPERATOR, Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.lists import every, token_with_id
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Acting, insist, write
from chalicelib.usecases.vending.closing import close_vends, revocation
from chalicelib.usecases.vending.stopping import (
    Order,
    Stopped,
    apply,
    finish,
    in_the_name_of,
    stop,
    with_claim,
)

LIFE = Life(
    usual=timedelta(days=90),
    longest=timedelta(days=366),
    refusal="A token lives for 366 days at most.",
)


class NewToken(Thing, frozen=True):
    """A token at the one moment at which its text is known."""

    token: Inline[Token] = field(name="of")
    text: ShownOnce[
        Annotated[str, Meta(description="Shown this once; Daypass keeps only its SHA-256.")]
    ] = field(name="token")


def make_token(
    member: str,
    random: bytes,
    *,
    label: str,
    now: datetime,
    expires_at: datetime,
    made_from: str = "",
    enrolment: str | None = None,
) -> NewToken:
    """The token to keep (its hash) and the text to show."""
    text = token_text(member, random)
    read = presented(text)
    if read is None:
        raise ValueError("a member's id that no token can carry")
    token = Token(
        member=member,
        hash=read.hash,
        label=label,
        created_at=now,
        expires_at=expires_at,
        made_from=made_from,
        enrolment=enrolment,
    )
    return NewToken(token, text)


def find_token(ports: Ports, member: str, token: str) -> Token:
    """The member's token of this id, or NotFound."""
    find_member(ports, member)
    found = token_with_id(ports.state, member, token)
    if found is None:
        raise NotFound(Reason.NO_SUCH_TOKEN)
    return found


def rotate_token(ports: Ports, caller: Caller) -> NewToken:
    """A new token in place of the one that the caller came with, which is dead in the same step.

    It has the same label and lives for 90 days, and what was bound with the former one is dead with
    it. One in, one out: whoever has a stolen token cannot
    make two of it, and whoever it was stolen from finds theirs dead. Conflict for who came with an
    identity.
    """
    now, old = ports.now(), caller.token
    if old.issuer:
        raise Conflict(Reason.NO_TEXT_TO_ROTATE)
    new = make_token(
        caller.member.id,
        ports.random(SECRET_BYTES),
        label=old.label,
        now=now,
        expires_at=now + LIFE.usual,
        made_from=caller.address,
        enrolment=old.enrolment,  # it is still what came of that code
    )
    dead = changed(old, revoked_at=now)
    bound = [(one, changed(one, revoked_at=now)) for one in _bound_with(ports, dead)]
    edits = [(old, new.token), (old, dead), *bound]
    details = _named(one for one, _ in bound)
    write(ports, caller, Action.TOKEN_ROTATE, *edits, details=details)
    for one in (dead, *(binding for _, binding in bound)):
        close_vends(ports, caller, one)
    revoke_bindings(ports, in_the_name_of(caller), dead)
    return new


def change_token(ports: Ports, caller: Caller, token: str, *, label: str) -> Token:
    """Another label for one of the caller's own tokens. All else about a token is fixed."""
    old = find_token(ports, caller.member.id, token)
    new = changed(old, label=label)
    write(ports, caller, Action.TOKEN_CHANGE, (old, new))
    return new


def revoke_token(ports: Ports, by: Acting, member: str, token: str, *, why: str) -> Revocation:
    """Nobody gets in with this token any more.

    Gives the member's sessions that may be alive, again where it was done before. The leads hear
    of another lead's token at once: it can lock a lead out as a suspension does.
    """

    def attempt(by: Acting) -> Revocation:
        owner, found = find_member(ports, member), find_token(ports, member, token)
        return _revoke(ports, by, owner, found, why)

    return insist(ports, by, attempt)


def _locks_out(by: Acting, owner: Member) -> bool:
    """Whether it is a lead's token, and another lead's doing. Of the operator's the leads hear by
    the recovery that it belongs to."""
    return owner.kind is Kind.LEAD and by.actor not in (owner.id, OPERATOR)


def _revoke(ports: Ports, by: Acting, owner: Member, found: Token, why: str) -> Revocation:
    kind = Kind.LEAD.value if _locks_out(by, owner) else ""
    details = {"said": why, "kind": kind} | _named(_bound_with(ports, found))
    order = Order(Action.TOKEN_REVOKE, details)
    stopped = stop(ports, by, found, order)

    def rest(by: Acting) -> Revocation:
        close_vends(ports, by, stopped.item)
        is_applied = apply(ports, stopped)
        revoke_bindings(ports, by, found)
        answer = revocation(ports, by, stopped.item, stopped.at, under=owner)
        if is_applied:
            finish(ports, stopped)
        return with_claim(ports, answer, stopped, is_applied=is_applied)

    return insist(ports, in_the_name_of(by), rest)


def _bound_with(ports: Ports, token: Token) -> list[Token]:
    """The bindings to Slack that were made with a token and are not revoked. They end with it, so
    that a thief of the token can make nothing with it that outlives it."""
    tokens = every(ports.state, Token, member=token.member)
    return [one for one in tokens if one.made_with == token.id and one.revoked_at is None]


def _named(bound: Iterable[Token]) -> dict[str, str]:
    return {"bindings": " ".join(one.id for one in bound)}


def revoke_bindings(ports: Ports, by: Acting, token: Token) -> None:
    """Revoke the bindings to Slack that were made with a token which is dead. Once that is written
    into the token, none is made with it any more."""
    for stopped in stop_bindings(ports, by, token):
        if apply(ports, stopped):
            finish(ports, stopped)


def stop_bindings(ports: Ports, by: Acting, token: Token) -> Iterator[Stopped]:
    """Stop these bindings, and yield each once its sessions under way are withheld. Nothing else is
    written: the hourly job may stop things, and may not write members."""
    for binding in every(ports.state, Token, member=token.member):
        # Also one that was stopped before, and may not say so itself yet.
        if binding.made_with == token.id and (binding.revoked_at is None or binding.stop):
            order = Order(Action.TOKEN_REVOKE, {"bound_with": token.id})
            stopped = stop(ports, by, binding, order)
            close_vends(ports, by, stopped.item)
            yield stopped
