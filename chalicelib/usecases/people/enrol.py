"""Enrol: exchange a one-time code for a token, which nobody but whoever asks ever sees; or for
coming in by the word of the firm's identity provider, with no token's text at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, field
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Conflict
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.one_time_secrets import hash_of, hash_without_text, id_of
from chalicelib.domain.people.authentication import token_problem
from chalicelib.domain.people.enrolments import (
    CodeProblem,
    Enrolment,
    code_problem,
    is_for,
    presented_code,
)
from chalicelib.domain.people.identities import Identity, IdentityToken, identity_hash
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import SECRET_BYTES, PresentedToken, Token, token_text
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import OPERATOR, Action, Edit, Operation, Outcome
from chalicelib.domain.values import Inline, Item, Value, next_version
from chalicelib.usecases.lists import list_all, token_with_id
from chalicelib.usecases.people.tokens import LIFE, TokenText, working_tokens
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, record, write, write_operation

# Somebody may change the member's name, say, at the same moment. After this many looks the member
# tries again.
LOOKS = 4
MOST_OTHERS = 20
# Whoever has an old code could bury the leads in events. The trail has every try.
BETWEEN_EVENTS = timedelta(days=1)


OtherTokens = Annotated[
    tuple[Token, ...],
    Meta(
        description="Your other tokens that work, the latest first, 20 at most. One that you do not"
        " know is somebody else's: revoke it, and tell your lead."
    ),
]


class Enrolled(Value, frozen=True):
    """A token at the one moment at which its text is known."""

    token: Inline[Token] = field(name="of")
    text: TokenText = field(name="token")
    other_tokens: OtherTokens


class BoundIdentity(Value, frozen=True):
    """An identity that is a member's from now on, as the token that it is kept as."""

    token: Inline[Token] = field(name="of")
    other_tokens: OtherTokens


def enrol(
    ports: Ports, code: str, *, label: str, address: str, expires_at: datetime | None = None
) -> Enrolled:
    """Exchange the code, in one step, for a token that lives for 90 days unless told otherwise, 366
    at most: InvalidRequest. AccessDenied, always the same one, for a code that is not taken."""
    now = ports.now()
    # Before the code is looked at: nobody finds out whether one is good without using it.
    ends_at = LIFE.end(now, expires_at)
    shown = _whole(code)
    text = token_text(shown.member, ports.random(SECRET_BYTES))
    token = Token(
        member=shown.member,
        hash=hash_of(text),
        label=label,
        created_at=now,
        expires_at=ends_at,
        made_from=address,
        enrolment=shown.hash,
    )
    token, others = _exchange(ports, shown, token)
    return Enrolled(token, text, others)


def enrol_identity(
    ports: Ports,
    code: str,
    *,
    identity_token: str,
    label: str,
    address: str,
    expires_at: datetime | None = None,
) -> BoundIdentity:
    """As `enrol`, for the identity that the provider's token names. Unrecognised for a provider's
    token that is not taken, and Conflict for an identity by which a member comes in already."""
    now = ports.now()
    word = ports.identity_providers.verify(identity_token, now)
    ends_at = LIFE.end(now, expires_at)
    _must_be_free(ports, word)
    shown = _whole(code)
    token = Token(
        member=shown.member,
        # Of a secret that nobody is told: this token has no text to be presented.
        hash=hash_without_text(ports.random),
        label=label,
        created_at=now,
        expires_at=ends_at,
        made_from=address,
        enrolment=shown.hash,
        issuer=word.issuer,
        subject=word.subject,
    )
    return BoundIdentity(*_exchange(ports, shown, token, lambda: [_identity(ports, word, token)]))


def _identity(ports: Ports, word: IdentityToken, token: Token) -> Identity:
    """Whose the identity is from now on, in place of whose it was."""
    former = _must_be_free(ports, word)
    if former is None:
        return Identity(
            hash=identity_hash(word.issuer, word.subject), member=token.member, token=token.hash
        )
    return next_version(former, member=token.member, token=token.hash)


def _must_be_free(ports: Ports, word: IdentityToken) -> Identity | None:
    """Conflict if a member comes in by the identity as it is; whose it was, if it was anybody's."""
    former = ports.state.get(Identity, identity_hash(word.issuer, word.subject))
    if former is None:
        return None
    token, member = ports.state.token_and_member(PresentedToken(former.member, former.token))
    if token is not None and member is not None and not token_problem(token, member, ports.now()):
        raise Conflict(Reason.IDENTITY_TAKEN)
    return former


def _whole(code: str) -> PresentedToken:
    shown = presented_code(code)
    if shown is None:
        raise AccessDenied(Reason.ENROLMENT_REFUSED)
    return shown


def _exchange(
    ports: Ports, shown: PresentedToken, token: Token, more: Callable[[], Sequence[Item]] = list
) -> tuple[Token, tuple[Token, ...]]:
    """Write the token, and `more`, together with the code's use. Return the token as it is written,
    and the member's other tokens that work. AccessDenied for a code that is not taken."""
    for _ in range(LOOKS):
        now = ports.now()
        enrolment, member, *preconditions = _good(ports, shown, token.made_from, now)
        token = replace(token, created_at=now)
        working = working_tokens(ports, member)
        working = sorted(working, key=lambda one: one.created_at, reverse=True)[:MOST_OTHERS]
        details = {
            "kind": Kind.LEAD.value if member.kind is Kind.LEAD else "",
            "other_tokens": str(len(working)) if working else "",
            "made_by": enrolment.made_by,
        }
        edits: list[Edit] = [(None, token), (enrolment, enrolment.used(now))]
        edits += [(None, item) for item in more()]
        by = SystemActor(member.id, (member, *preconditions), enrolment.id, token.made_from)
        try:
            write(ports, by, Action.ENROLMENT_USE, *edits, details=details)
        except Conflict:
            continue
        return token, tuple(working)
    raise Conflict(Reason.CHANGED_MEANWHILE)


def _good(
    ports: Ports, shown: PresentedToken, address: str, now: datetime
) -> tuple[Enrolment, Member, *tuple[Item, ...]]:
    """Return the code as it is kept, its member, and what else has to stand. AccessDenied if it is
    not taken."""
    member = ports.state.get(Member, shown.member)
    enrolment = ports.state.get(Enrolment, shown.member)
    if member is None or enrolment is None or not is_for(enrolment, shown):
        # Anybody can ask this of any member: it costs the same, however many tokens they have.
        page = ports.state.list(Token, enrolment=shown.hash, limit=1000)
        raise _refused(ports, shown, page.items, None, address)
    maker = made_with = None
    if enrolment.made_by != OPERATOR:
        maker = ports.state.get(Member, enrolment.made_by)
        made_with = token_with_id(ports.state, enrolment.made_by, enrolment.made_with)
    flaw = code_problem(enrolment, member, maker, made_with, now)
    if flaw is not None:
        # Of the last code all is read, since the index of the others may lag.
        tokens = list_all(ports.state, Token, member=shown.member)
        got = [token for token in tokens if token.enrolment == shown.hash]
        raise _refused(ports, shown, got, flaw, address)
    return enrolment, member, *(item for item in (maker, made_with) if item is not None)


def _refused(
    ports: Ports,
    shown: PresentedToken,
    got: Sequence[Token],
    flaw: CodeProblem | None,
    address: str,
) -> AccessDenied:
    """Record the refusal of a code that Daypass knows, and tell the leads of one used twice. One
    that was used is known by its token, also after another code has taken its place."""
    got = sorted(got, key=lambda token: token.created_at)
    because = CodeProblem.USED if got else flaw
    if because is None:
        return AccessDenied(Reason.ENROLMENT_REFUSED)
    operation = Operation(
        action=Action.ENROLMENT_USE,
        outcome=Outcome.REFUSED,
        reason=Reason.ENROLMENT_REFUSED,
        details={"because": because.value} | (_first_use(got, ports.now()) if got else {}),
    )
    by = SystemActor(shown.member, token_id=id_of(shown.hash), address=address)
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


def _record_second_use(ports: Ports, by: SystemActor, got: Token, operation: Operation) -> None:
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
            write_operation(ports, by, operation, [next_version(first, code_shown_again_at=now)])
        except Conflict:
            continue
        return
    record(ports, by, operation)
