"""API tokens: rotate one's own, change its label, revoke it. `enrol` gives a member one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.one_time_secrets import Lifetime, hash_of
from chalicelib.domain.people.authentication import Caller, token_problem
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import SECRET_BYTES, Token, token_text
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import OPERATOR, Action
from chalicelib.domain.values import Inline, ShownOnce, Value, next_version
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.lists import list_all, token_with_id
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, write
from chalicelib.usecases.vending.revoking import (
    RevocationOrder,
    RevokedItem,
    apply,
    finish,
    finished,
    in_the_name_of,
    revoke,
    stop,
)
from chalicelib.usecases.vending.withholding import revocation, withhold_vends

LIFE = Lifetime(
    default=timedelta(days=90),
    longest=timedelta(days=366),
    refusal="A token lives for 366 days at most.",
)


TokenText = ShownOnce[
    Annotated[str, Meta(description="Shown this once; Daypass keeps only its SHA-256.")]
]


class NewToken(Value, frozen=True):
    """A token at the one moment at which its text is known."""

    token: Inline[Token] = field(name="of")
    text: TokenText = field(name="token")


def find_token(ports: Ports, member: str, token: str) -> Token:
    """The member's token of this id, or NotFound."""
    find_member(ports, member)
    found = token_with_id(ports.state, member, token)
    if found is None:
        raise NotFound(Reason.NO_SUCH_TOKEN)
    return found


def working_tokens(ports: Ports, member: Member) -> list[Token]:
    """Return the member's tokens that would let somebody in now."""
    now = ports.now()
    tokens = list_all(ports.state, Token, member=member.id)
    return [token for token in tokens if token_problem(token, member, now) is None]


def rotate_token(ports: Ports, caller: Caller) -> NewToken:
    """Make a token in place of the one that the caller came with, which is dead in the same step,
    with what was bound with it. It has the same label and lives for 90 days. Conflict for who came
    with an identity."""
    now, old = ports.now(), caller.token
    if old.issuer:
        raise Conflict(Reason.NO_TOKEN_TO_ROTATE)
    text = token_text(old.member, ports.random(SECRET_BYTES))
    new = Token(
        member=old.member,
        hash=hash_of(text),
        label=old.label,
        created_at=now,
        expires_at=now + LIFE.default,
        made_from=caller.address,
        enrolment=old.enrolment,  # it is still what came of that code
    )
    dead = next_version(old, revoked_at=now)
    bound = [(one, next_version(one, revoked_at=now)) for one in _bound_with(ports, dead)]
    edits = [(old, new), (old, dead), *bound]
    details = _named(one for one, _ in bound)
    write(ports, caller, Action.TOKEN_ROTATE, *edits, details=details)
    for one in (dead, *(binding for _, binding in bound)):
        withhold_vends(ports, caller, one)
    revoke_bindings(ports, in_the_name_of(caller), dead.member, dead.id)
    return NewToken(new, text)


def change_token(ports: Ports, caller: Caller, token: str, *, label: str) -> Token:
    """Another label for one of the caller's own tokens. All else about a token is fixed."""
    old = find_token(ports, caller.member.id, token)
    new = next_version(old, label=label)
    write(ports, caller, Action.TOKEN_CHANGE, (old, new))
    return new


def revoke_token(ports: Ports, by: Actor, member: str, token: str, *, why: str) -> Revocation:
    """Revoke the token, and return the member's sessions that may be alive, again where it was done
    before. The leads hear of another lead's token: it can lock a lead out."""

    def find() -> RevocationOrder:
        owner, found = find_member(ports, member), find_token(ports, member, token)
        # Of the operator's doing the leads hear by the recovery that it belongs to.
        locks_out = owner.kind is Kind.LEAD and by.actor not in (owner.id, OPERATOR)
        details = {"said": why, "kind": Kind.LEAD.value if locks_out else ""}
        details |= _named(_bound_with(ports, found))
        return RevocationOrder(found, Action.TOKEN_REVOKE, details)

    def complete(ports: Ports, by: Actor, stopped: RevokedItem) -> Revocation:
        withhold_vends(ports, by, stopped.item)
        is_applied = apply(ports, stopped)
        revoke_bindings(ports, by, member, token)
        owner = find_member(ports, member)
        answer = revocation(ports, by, stopped.item, stopped.at, under=owner)
        return finished(ports, stopped, answer, is_applied=is_applied)

    return revoke(ports, by, find, complete)


def _bound_with(ports: Ports, token: Token) -> list[Token]:
    """The bindings to Slack that were made with a token and are not revoked. They end with it, so
    that a thief of the token can make nothing with it that outlives it."""
    tokens = list_all(ports.state, Token, member=token.member)
    return [one for one in tokens if one.made_with == token.id and one.revoked_at is None]


def _named(bound: Iterable[Token]) -> dict[str, str]:
    return {"bindings": " ".join(one.id for one in bound)}


def revoke_bindings(ports: Ports, by: Actor, member: str, token: str) -> None:
    """Revoke the bindings to Slack that were made with a token which is dead. Once that is written
    into the token, none is made with it any more."""
    for stopped in stop_bindings(ports, by, member, token):
        if apply(ports, stopped):
            finish(ports, stopped)


def stop_bindings(ports: Ports, by: Actor, member: str, token: str) -> Iterator[RevokedItem]:
    """Stop these bindings, and yield each once its sessions under way are withheld. Nothing else is
    written: the hourly job may stop things, and may not write members."""
    for binding in list_all(ports.state, Token, member=member):
        # Also one that was stopped before, and may not say so itself yet.
        if binding.made_with == token and (binding.revoked_at is None or binding.stop):
            order = RevocationOrder(binding, Action.TOKEN_REVOKE, {"bound_with": token})
            stopped = stop(ports, by, order)
            withhold_vends(ports, by, stopped.item)
            yield stopped
