"""Rotate, change and revoke API tokens. `enrol` creates them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.one_time_secrets import Lifetime, hash_of
from chalicelib.domain.people.authentication import Caller, find_token_problem
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import SECRET_BYTES, Token, build_token_text
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import OPERATOR, Action
from chalicelib.domain.values import Inline, ShownOnce, Value, next_version
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.lists import find_token_by_id, list_all
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, write
from chalicelib.usecases.vending.revoking import (
    RevocationOrder,
    RevokedItem,
    apply_stop_to_item,
    as_system_actor,
    begin_revocation,
    finish_stop,
    finish_stop_and_respond,
    revoke,
)
from chalicelib.usecases.vending.withholding import withhold_and_list_sessions, withhold_vends

LIFE = Lifetime(
    default=timedelta(days=90),
    longest=timedelta(days=366),
    refusal="A token is valid for at most 366 days.",
)


TokenText = ShownOnce[
    Annotated[str, Meta(description="Shown only once; Daypass stores only its SHA-256.")]
]


class NewToken(Value, frozen=True):
    """A new token, with its text."""

    token: Inline[Token] = field(name="of")
    text: TokenText = field(name="token")


def find_token(ports: Ports, member: str, token: str) -> Token:
    """Return the member's token with this ID, or NotFound."""
    find_member(ports, member)
    stored = find_token_by_id(ports.state, member, token)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_TOKEN)
    return stored


def working_tokens(ports: Ports, member: Member) -> list[Token]:
    """Return the member's tokens that are valid now."""
    now = ports.now()
    tokens = list_all(ports.state, Token, member=member.id)
    return [token for token in tokens if find_token_problem(token, member, now) is None]


def rotate_token(ports: Ports, caller: Caller) -> NewToken:
    """Replace the caller's token, which becomes invalid in the same transaction together with its
    Slack bindings. The new token has the same label and is valid for 90 days. Conflict for a caller
    who signed in with an identity."""
    now, old = ports.now(), caller.token
    if old.issuer:
        raise Conflict(Reason.NO_TOKEN_TO_ROTATE)
    text = build_token_text(old.member, ports.random(SECRET_BYTES))
    new = Token(
        member=old.member,
        hash=hash_of(text),
        label=old.label,
        created_at=now,
        expires_at=now + LIFE.default,
        made_from=caller.address,
        enrolment=old.enrolment,  # a second use of the code must still be recognised
    )
    revoked = next_version(old, revoked_at=now)
    bindings = [
        (binding, next_version(binding, revoked_at=now)) for binding in _bound_with(ports, revoked)
    ]
    edits = [(old, new), (old, revoked), *bindings]
    details = _binding_details(binding for binding, _ in bindings)
    write(ports, caller, Action.TOKEN_ROTATE, *edits, details=details)
    for binding in (revoked, *(binding for _, binding in bindings)):
        withhold_vends(ports, caller, binding)
    revoke_bindings(ports, as_system_actor(caller), revoked.member, revoked.id)
    return NewToken(new, text)


def change_token(ports: Ports, caller: Caller, token: str, *, label: str) -> Token:
    """Change the label of one of the caller's tokens. All other fields are fixed."""
    old = find_token(ports, caller.member.id, token)
    new = next_version(old, label=label)
    write(ports, caller, Action.TOKEN_CHANGE, (old, new))
    return new


def revoke_token(ports: Ports, by: Actor, member: str, token: str, *, why: str) -> Revocation:
    """Revoke the token, and return the member's sessions that may be alive, also if it was revoked
    before. If it is another lead's, the leads are notified: it can lock that lead out."""

    def find() -> RevocationOrder:
        owner, stored = find_member(ports, member), find_token(ports, member, token)
        # The leads are notified of the operator's recovery as a whole.
        locks_out = owner.kind is Kind.LEAD and by.actor not in (owner.id, OPERATOR)
        details = {"said": why, "kind": Kind.LEAD.value if locks_out else ""}
        details |= _binding_details(_bound_with(ports, stored))
        return RevocationOrder(stored, Action.TOKEN_REVOKE, details)

    def complete(ports: Ports, by: Actor, stopped: RevokedItem) -> Revocation:
        withhold_vends(ports, by, stopped.item)
        is_applied = apply_stop_to_item(ports, stopped)
        revoke_bindings(ports, by, member, token)
        owner = find_member(ports, member)
        result = withhold_and_list_sessions(ports, by, stopped.item, stopped.at, listed_under=owner)
        return finish_stop_and_respond(ports, stopped, result, is_applied=is_applied)

    return revoke(ports, by, find, complete)


def _bound_with(ports: Ports, token: Token) -> list[Token]:
    """Return the unrevoked Slack bindings that were created with a token. They end with it, so that
    a thief of the token gains nothing that outlives it."""
    tokens = list_all(ports.state, Token, member=token.member)
    return [
        binding
        for binding in tokens
        if binding.made_with == token.id and binding.revoked_at is None
    ]


def _binding_details(bindings: Iterable[Token]) -> dict[str, str]:
    return {"bindings": " ".join(binding.id for binding in bindings)}


def revoke_bindings(ports: Ports, by: Actor, member: str, token: str) -> None:
    """Revoke the Slack bindings that were created with a revoked token. No new ones can be created
    after the revocation is written into the token."""
    for stopped in stop_bindings(ports, by, member, token):
        if apply_stop_to_item(ports, stopped):
            finish_stop(ports, stopped)


def stop_bindings(ports: Ports, by: Actor, member: str, token: str) -> Iterator[RevokedItem]:
    """Stop these bindings, and yield each after its vends in progress are withheld. Write nothing
    else: the hourly job has no permission to write members."""
    for binding in list_all(ports.state, Token, member=member):
        # Include bindings that were stopped before but may not be updated yet.
        if binding.made_with == token and (binding.revoked_at is None or binding.stop):
            order = RevocationOrder(binding, Action.TOKEN_REVOKE, {"bound_with": token})
            stopped = begin_revocation(ports, by, order)
            withhold_vends(ports, by, stopped.item)
            yield stopped
