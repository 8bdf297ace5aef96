"""Exchange a one-time enrolment code for a token, which only its caller sees, or for signing in
with the firm's identity provider."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, field
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Conflict
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.one_time_secrets import hash_of, hash_without_text, secret_id_of
from chalicelib.domain.people.authentication import find_token_problem
from chalicelib.domain.people.enrolments import (
    CodeProblem,
    Enrolment,
    find_code_problem,
    is_presented_code,
    parse_code,
)
from chalicelib.domain.people.identities import Identity, IdentityToken, identity_hash
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import SECRET_BYTES, PresentedToken, Token, build_token_text
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import OPERATOR, Action, Edit, Operation, Outcome
from chalicelib.domain.values import Inline, Item, Value, next_version
from chalicelib.usecases.lists import find_token_by_id, list_all
from chalicelib.usecases.people.tokens import LIFE, TokenText, working_tokens
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, record, write, write_operation

# Someone may change the member at the same time. After this many attempts the caller must retry.
MAX_ATTEMPTS = 4
MAX_OTHER_TOKENS = 20
# Anyone with an old code could flood the leads. The trail records every attempt.
NOTIFY_INTERVAL = timedelta(days=1)


OtherTokens = Annotated[
    tuple[Token, ...],
    Meta(
        description="Your other valid tokens, the latest first, 20 at most. If you do not know one,"
        " revoke it and tell your lead: someone else may have it."
    ),
]


class Enrolled(Value, frozen=True):
    """A new token, with its text."""

    token: Inline[Token] = field(name="of")
    text: TokenText = field(name="token")
    other_tokens: OtherTokens


class BoundIdentity(Value, frozen=True):
    """The token that stands for an identity of the member."""

    token: Inline[Token] = field(name="of")
    other_tokens: OtherTokens


def enrol(
    ports: Ports, code: str, *, label: str, address: str, expires_at: datetime | None = None
) -> Enrolled:
    """Exchange the code for a token that is valid for 90 days by default and 366 at most
    (InvalidRequest). AccessDenied, always the same, for an invalid code."""
    now = ports.now()
    # Check this before the code: no one may learn whether a code is valid without using it.
    ends_at = LIFE.end(now, expires_at)
    presented = _parse_code(code)
    text = build_token_text(presented.member, ports.random(SECRET_BYTES))
    token = Token(
        member=presented.member,
        hash=hash_of(text),
        label=label,
        created_at=now,
        expires_at=ends_at,
        made_from=address,
        enrolment=presented.hash,
    )
    token, other_tokens = _exchange(ports, presented, token)
    return Enrolled(token, text, other_tokens)


def enrol_identity(
    ports: Ports,
    code: str,
    *,
    identity_token: str,
    label: str,
    address: str,
    expires_at: datetime | None = None,
) -> BoundIdentity:
    """Exchange the code for signing in with the identity that the provider's token names. As
    `enrol`; also Unauthenticated for an invalid identity token, and Conflict for an identity that a
    member already signs in with."""
    now = ports.now()
    identity = ports.identity_providers.verify(identity_token, now)
    ends_at = LIFE.end(now, expires_at)
    _require_free(ports, identity)
    presented = _parse_code(code)
    token = Token(
        member=presented.member,
        # The hash of an unknown secret: this token has no text.
        hash=hash_without_text(ports.random),
        label=label,
        created_at=now,
        expires_at=ends_at,
        made_from=address,
        enrolment=presented.hash,
        issuer=identity.issuer,
        subject=identity.subject,
    )
    return BoundIdentity(
        *_exchange(ports, presented, token, lambda: [_identity(ports, identity, token)])
    )


def _identity(ports: Ports, identity: IdentityToken, token: Token) -> Identity:
    """Return the item that assigns the identity to the token's member."""
    previous = _require_free(ports, identity)
    if previous is None:
        return Identity(
            hash=identity_hash(identity.issuer, identity.subject),
            member=token.member,
            token=token.hash,
        )
    return next_version(previous, member=token.member, token=token.hash)


def _require_free(ports: Ports, identity: IdentityToken) -> Identity | None:
    """Return the identity's previous assignment, or None. Conflict if a member can still sign in
    with it."""
    previous = ports.state.get(Identity, identity_hash(identity.issuer, identity.subject))
    if previous is None:
        return None
    token, member = ports.state.token_and_member(PresentedToken(previous.member, previous.token))
    if (
        token is not None
        and member is not None
        and not find_token_problem(token, member, ports.now())
    ):
        raise Conflict(Reason.IDENTITY_TAKEN)
    return previous


def _parse_code(code: str) -> PresentedToken:
    presented = parse_code(code)
    if presented is None:
        raise AccessDenied(Reason.ENROLMENT_REFUSED)
    return presented


def _exchange(
    ports: Ports, presented: PresentedToken, token: Token, more: Callable[[], Sequence[Item]] = list
) -> tuple[Token, tuple[Token, ...]]:
    """Write the token, and the items of `more`, together with the code's use. Return the token and
    the member's other working tokens. AccessDenied for an invalid code."""
    for _ in range(MAX_ATTEMPTS):
        now = ports.now()
        enrolment, member, *preconditions = _redeemable_code(ports, presented, token.made_from, now)
        token = replace(token, created_at=now)
        working = working_tokens(ports, member)
        working = sorted(working, key=lambda token: token.created_at, reverse=True)[
            :MAX_OTHER_TOKENS
        ]
        details = {
            "kind": Kind.LEAD.value if member.kind is Kind.LEAD else "",
            "other_tokens": str(len(working)) if working else "",
            "made_by": enrolment.made_by,
        }
        edits: list[Edit] = [(None, token), (enrolment, enrolment.mark_used(now))]
        edits += [(None, item) for item in more()]
        by = SystemActor(member.id, (member, *preconditions), enrolment.id, token.made_from)
        try:
            write(ports, by, Action.ENROLMENT_USE, *edits, details=details)
        except Conflict:
            continue
        return token, tuple(working)
    raise Conflict(Reason.CHANGED_MEANWHILE)


def _redeemable_code(
    ports: Ports, presented: PresentedToken, address: str, now: datetime
) -> tuple[Enrolment, Member, *tuple[Item, ...]]:
    """Return the stored code, its member and the items that must not change. AccessDenied for an
    invalid code."""
    member = ports.state.get(Member, presented.member)
    enrolment = ports.state.get(Enrolment, presented.member)
    if member is None or enrolment is None or not is_presented_code(enrolment, presented):
        # Anyone can cause this read, so its cost must not depend on the member's tokens.
        page = ports.state.list(Token, enrolment=presented.hash, limit=1000)
        raise _refused(ports, presented, page.items, None, address)
    maker = made_with = None
    if enrolment.made_by != OPERATOR:
        maker = ports.state.get(Member, enrolment.made_by)
        made_with = find_token_by_id(ports.state, enrolment.made_by, enrolment.made_with)
    problem = find_code_problem(enrolment, member, maker, made_with, now)
    if problem is not None:
        # Read all tokens: the index by code may lag.
        tokens = list_all(ports.state, Token, member=presented.member)
        from_code = [token for token in tokens if token.enrolment == presented.hash]
        raise _refused(ports, presented, from_code, problem, address)
    return enrolment, member, *(item for item in (maker, made_with) if item is not None)


def _refused(
    ports: Ports,
    presented: PresentedToken,
    tokens: Sequence[Token],
    problem: CodeProblem | None,
    address: str,
) -> AccessDenied:
    """Record the refusal of a known code, notify the leads of a second use, and return the error. A
    used code is recognised by the token from it, even after a newer code has replaced it."""
    tokens = sorted(tokens, key=lambda token: token.created_at)
    problem = CodeProblem.USED if tokens else problem
    if problem is None:
        return AccessDenied(Reason.ENROLMENT_REFUSED)
    operation = Operation(
        action=Action.ENROLMENT_USE,
        outcome=Outcome.REFUSED,
        reason=Reason.ENROLMENT_REFUSED,
        details={"because": problem.value} | (_first_use(tokens, ports.now()) if tokens else {}),
    )
    by = SystemActor(presented.member, token_id=secret_id_of(presented.hash), address=address)
    if tokens:
        _record_second_use(ports, by, tokens[0], operation)
    else:
        record(ports, by, operation)
    return AccessDenied(Reason.ENROLMENT_REFUSED)


def _first_use(tokens: Sequence[Token], now: datetime) -> dict[str, str]:
    """Return trail details of the first exchange. `tokens` are the token from the code and those
    that it was rotated to."""
    first = tokens[0]
    working = (token.id for token in tokens if token.revoked_at is None and now < token.expires_at)
    return {
        "token": first.id,
        "used_at": rfc3339(first.created_at),
        "used_from": first.made_from or "an unknown address",
        "working_tokens": " ".join(working),
    }


def _record_second_use(ports: Ports, by: SystemActor, token: Token, operation: Operation) -> None:
    """Record a second use of a code. It notifies the leads once a day for each code, because anyone
    with the code could repeat it."""
    for _ in range(MAX_ATTEMPTS):
        first, now = find_token_by_id(ports.state, token.member, token.id) or token, ports.now()
        notified_at = first.code_shown_again_at
        if notified_at is not None and now < notified_at + NOTIFY_INTERVAL:
            again = {**operation.details, "again": "true"}
            record(ports, by, replace(operation, details=again))
            return
        try:
            write_operation(ports, by, operation, [next_version(first, code_shown_again_at=now)])
        except Conflict:
            continue
        return
    record(ports, by, operation)
