"""API tokens: rotate one's own, change its label, revoke it. `enrol` gives a member one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, field
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import SECRET_BYTES, Token, presented, token_text
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Inline, ShownOnce, Thing, changed
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.lists import every
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Acting, insist, write
from chalicelib.usecases.vending.closing import close_vends, revocation

USUAL_LIFE = timedelta(days=90)
LONGEST_LIFE = timedelta(days=366)


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


def token_end(now: datetime, expires_at: datetime | None) -> datetime:
    """Until when a new token is good: for 90 days unless told otherwise.

    InvalidRequest for a moment that is gone, and for more than 366 days.
    """
    ends_at = expires_at or now + USUAL_LIFE
    if not now < ends_at <= now + LONGEST_LIFE:
        raise InvalidRequest(
            Reason.BAD_VALUE, "A token lives for 366 days at most.", field="expires_at"
        )
    return ends_at


def find_token(ports: Ports, member: str, token: str) -> Token:
    """The member's token of this id, or NotFound."""
    find_member(ports, member)
    found = ports.state.token(member, token)
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
        expires_at=now + USUAL_LIFE,
        made_from=caller.address,
        enrolment=old.enrolment,  # it is still what came of that code
    )
    details = {"token": new.token.id, "expires_at": rfc3339(new.token.expires_at)}
    dead = changed(old, revoked_at=now)
    bound = _bound_with(ports, dead)
    write(
        ports,
        caller,
        Action.TOKEN_ROTATE,
        [dead, new.token, *bound],
        details={"former_token": old.id} | details | _named(bound),
    )
    for one in (dead, *bound):
        close_vends(ports, caller, one)
    _end_what_was_bound_meanwhile(ports, replace(caller, token=dead), dead)
    return new


def change_token(ports: Ports, caller: Caller, token: str, *, label: str) -> Token:
    """Another label for one of the caller's own tokens. All else about a token is fixed."""
    new = changed(find_token(ports, caller.member.id, token), label=label)
    details = {"token": new.id, "label": label}
    write(ports, caller, Action.TOKEN_CHANGE, [new], details=details)
    return new


def revoke_token(ports: Ports, by: Acting, member: str, token: str, *, why: str) -> Revocation:
    """Nobody gets in with this token any more.

    Gives the member's sessions that may be alive, again where it was done before.
    """
    return insist(ports, by, lambda by: _revoke(ports, by, member, token, why))


def _revoke(ports: Ports, by: Acting, member: str, token: str, why: str) -> Revocation:
    owner = find_member(ports, member)
    new = old = find_token(ports, member, token)
    revoked_at = old.revoked_at
    if revoked_at is None:
        revoked_at = ports.now()
        new = changed(old, revoked_at=revoked_at)
        bound = _bound_with(ports, new)
        details = {"token": new.id, "said": why} | _named(bound)
        write(ports, by, Action.TOKEN_REVOKE, [new, *bound], subject=member, details=details)
        for one in bound:
            close_vends(ports, by, one)
    if isinstance(by, Caller) and by.token.hash == new.hash:
        by = replace(by, token=new)
    _end_what_was_bound_meanwhile(ports, by, new)
    return revocation(ports, by, new, revoked_at, under=owner)


def _bound_with(ports: Ports, token: Token) -> tuple[Token, ...]:
    """The bindings that were made with a token, as they are to be once it is dead: whoever has a
    stolen one cannot make anything of it that outlives it."""
    now = ports.now()
    made = (one for one in every(ports.state.tokens, token.member) if one.made_with == token.id)
    return tuple(changed(one, revoked_at=now) for one in made if one.revoked_at is None)


def _named(bound: tuple[Token, ...]) -> dict[str, str]:
    return {"bindings": " ".join(one.id for one in bound)}


def _end_what_was_bound_meanwhile(ports: Ports, by: Acting, token: Token) -> None:
    """Those that were made while the token's end was being written. None is made after that: the
    token has to stand for it."""
    for one in _bound_with(ports, token):
        details = {"token": one.id, "bound_with": token.id}
        write(ports, by, Action.TOKEN_REVOKE, [one], subject=token.member, details=details)
        close_vends(ports, by, one)
