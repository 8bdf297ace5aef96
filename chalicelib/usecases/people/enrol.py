"""Exchange a one-time enrolment code for a credential of the member: an API token, which only the
caller sees, or an identity at the firm's identity provider, with which the member then signs in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Conflict
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.one_time_secrets import hash_of, hash_without_text, secret_id_of
from chalicelib.domain.people.enrolments import (
    LOGIN_LIFE,
    CodeProblem,
    Enrol,
    EnrolIdentity,
    Enrolment,
    find_code_problem,
    is_presented_code,
    parse_code,
)
from chalicelib.domain.people.identities import Identity, IdentityToken, identity_hash
from chalicelib.domain.people.members import Caller, Kind, Member, find_token_problem
from chalicelib.domain.people.tokens import SECRET_BYTES, PresentedToken, Token, build_token_text
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import OPERATOR, Action, Edit, Operation, Outcome
from chalicelib.domain.values import Inline, Value, new_item, next_version
from chalicelib.usecases.lists import PAGE_SIZE, find_token_by_id, list_all
from chalicelib.usecases.people.tokens import LIFE, NewToken, find_working_tokens
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, record, write, write_operation

MAX_ATTEMPTS = 4
"""How often an exchange is tried if someone changes the same items. Then the caller must retry."""
MAX_OTHER_TOKENS = 20
"""How many of the member's other tokens a response shows."""
NOTIFY_INTERVAL = timedelta(days=1)
"""How often the leads are notified of second uses of one code. Otherwise anyone with a used code
could flood the leads. The trail records every use."""


class Enrolled(NewToken, kw_only=False):
    """A new token, with its text."""

    other_tokens: tuple[Token, ...]
    """Your other valid tokens, the latest first. The list has 20 at most. If you do not recognise a
    token, someone else may have it. Revoke it, and tell your lead."""


class BoundIdentity(Value, kw_only=False):
    """The stored token that represents the member's identity at the provider. It has no text."""

    token: Inline[Token] = field(name="of")
    other_tokens: tuple[Token, ...]
    """Your other valid tokens, the latest first. The list has 20 at most. If you do not recognise a
    token, someone else may have it. Revoke it, and tell your lead."""


def enrol(ports: Ports, request: Enrol, *, address: str) -> Enrolled:
    """Exchange the request's code for a token. Return the token with its text, and the member's
    other working tokens.

    The token is valid until the request's `expires_at`, or for 90 days. `_exchange_code` shortens
    this for a code from a sign-in in the browser: to 12 hours at most, and to the end of the
    identity that signed in. Such a code also needs the PKCE verifier of that sign-in. Raise
    InvalidRequest for an end more than 366 days away. Raise AccessDenied for an invalid code, with
    the same reason whatever the problem is.
    """
    # Check the end before the code: no one may learn whether a code is valid without using it.
    ends_at = LIFE.choose_end(ports.now(), request.expires_at)
    presented = _parse_code(request.code)
    text = build_token_text(presented.member, ports.random(SECRET_BYTES))
    token, other_tokens = _exchange_code(
        ports,
        presented,
        request,
        made_from=address,
        expires_at=ends_at,
        hash=hash_of(text),
        verifier=request.verifier,
    )
    return Enrolled(token, text, other_tokens)


def enrol_identity(ports: Ports, request: EnrolIdentity, *, address: str) -> BoundIdentity:
    """Let the member sign in with the identity that the identity token names, in exchange for the
    code. Return the stored token that represents the identity.

    Raise the same errors as `enrol`, and also Unauthenticated for an invalid identity token, and
    Conflict if a member can already sign in with the identity. Raise AccessDenied for a CI job's.
    """
    identity = ports.identity_providers.verify(request.identity_token, ports.now())
    return bind_identity(ports, identity, request, address=address)


def bind_identity(
    ports: Ports, identity: IdentityToken, request: Enrol | EnrolIdentity, *, address: str
) -> BoundIdentity:
    """Let the member sign in with this verified identity, as `enrol_identity` does. Raise the same
    errors."""
    ends_at = LIFE.choose_end(ports.now(), request.expires_at)
    if identity.is_job:
        raise AccessDenied(Reason.JOB_IDENTITY)
    # Raise Conflict for a taken identity before the code is looked up.
    find_free_identity(ports, identity.issuer, identity.subject)
    token, other_tokens = _exchange_code(
        ports,
        _parse_code(request.code),
        request,
        made_from=address,
        expires_at=ends_at,
        # No text has this hash, so no one can present this token as an API token.
        hash=hash_without_text(ports.random),
        identity=identity,
    )
    return BoundIdentity(token, other_tokens)


def find_free_identity(ports: Ports, issuer: str, subject: str) -> Identity:
    """Return the stored item of an identity with which no member can sign in now. Its next version
    assigns the identity to a member. If nothing is stored, return a new item of version 0. Raise
    Conflict if a member can still sign in with the identity."""
    key = identity_hash(issuer, subject)
    previous = ports.state.get(Identity, key)
    if previous is None:
        nobody = ""
        return Identity(hash=key, member=nobody, token=nobody, version=0)
    token, member = ports.state.token_and_member(PresentedToken(previous.member, previous.token))
    if (
        token is not None
        and member is not None
        and not find_token_problem(token, member, ports.now())
    ):
        raise Conflict(Reason.IDENTITY_TAKEN)
    return previous


def _parse_code(code: str) -> PresentedToken:
    """Return the member and the hash of the code's text. Raise AccessDenied if it is malformed."""
    presented = parse_code(code)
    if presented is None:
        raise AccessDenied(Reason.ENROLMENT_REFUSED)
    return presented


def _exchange_code(
    ports: Ports,
    presented: PresentedToken,
    request: Enrol | EnrolIdentity,
    *,
    made_from: str,
    expires_at: datetime,
    hash: str,
    identity: IdentityToken | None = None,
    verifier: str | None = None,
) -> tuple[Token, tuple[Token, ...]]:
    """Mark the code as used, and store the new token, in one transaction. For a token that stands
    for an identity, store the identity too. Return the token and the member's other working tokens.
    Raise AccessDenied for an invalid code, and Conflict for the identity of someone else."""
    for _ in range(MAX_ATTEMPTS):
        now = ports.now()
        enrolment, member, maker = _find_redeemable_code(ports, presented, verifier, made_from, now)
        is_own = maker is not None and maker.member.id == member.id
        signed_in = maker.token if maker is not None and enrolment.challenge else None
        if signed_in is not None:
            expires_at = min(expires_at, now + LOGIN_LIFE, signed_in.expires_at)
        token = new_item(
            Token,
            request,
            member=member.id,
            created_at=now,
            made_from=made_from,
            enrolment=presented.hash,
            code_made_by=enrolment.made_by,
            given_at=maker.token.given_since if maker is not None and is_own else now,
            expires_at=expires_at,
            hash=hash,
            issuer=identity.issuer if identity else "",
            subject=identity.subject if identity else "",
            made_with=signed_in.id if signed_in is not None else "",
        )
        other_tokens = sorted(
            find_working_tokens(ports, member), key=lambda token: token.created_at, reverse=True
        )[:MAX_OTHER_TOKENS]
        details = {
            "kind": Kind.LEAD.value if member.kind is Kind.LEAD else "",
            "other_tokens": str(len(other_tokens)) if other_tokens else "",
            "made_by": enrolment.made_by,
            "provider": signed_in.issuer if signed_in is not None else "",
        }
        edits: list[Edit] = [(None, token), (enrolment, enrolment.mark_used(now))]
        if identity is not None:
            free = find_free_identity(ports, identity.issuer, identity.subject)
            edits.append((free, next_version(free, member=member.id, token=hash)))
        preconditions = () if maker is None else maker.preconditions
        by = SystemActor(member.id, (member, *preconditions), enrolment.id, made_from)
        try:
            write(ports, by, Action.ENROLMENT_USE, *edits, details=details)
        except Conflict:
            continue
        return token, tuple(other_tokens)
    raise Conflict(Reason.CHANGED_MEANWHILE)


def _find_redeemable_code(
    ports: Ports, presented: PresentedToken, verifier: str | None, address: str, now: datetime
) -> tuple[Enrolment, Member, Caller | None]:
    """Return the stored code, its member, and its maker with the token that made it, or None for
    the operator. The caller writes only if none of them has changed since. Raise AccessDenied for
    an invalid code, and for a browser's code that does not belong to this command's `verifier`."""
    member = ports.state.get(Member, presented.member)
    enrolment = ports.state.get(Enrolment, presented.member)
    if member is None or enrolment is None or not is_presented_code(enrolment, presented):
        # A replaced code is not stored any more, but a token shows that it was used. Anyone can
        # cause this read with any member's ID, so it must not read all the member's tokens.
        page = ports.state.list(Token, enrolment=presented.hash, limit=PAGE_SIZE)
        raise _record_refusal(ports, presented, page.items, None, address)
    maker = made_with = None
    if enrolment.made_by != OPERATOR:
        maker = ports.state.get(Member, enrolment.made_by)
        made_with = find_token_by_id(ports.state, enrolment.made_by, enrolment.made_with)
    problem = find_code_problem(enrolment, member, maker, made_with, now)
    if problem is None and not enrolment.is_for(verifier):
        problem = CodeProblem.OTHER_COMMAND
    if problem is not None:
        # The refusal of a used code alerts the leads, and names the tokens that came from it. Read
        # all tokens of the member, because the list by code is only eventually consistent.
        tokens = list_all(ports.state, Token, member=presented.member)
        from_code = [token for token in tokens if token.enrolment == presented.hash]
        raise _record_refusal(ports, presented, from_code, problem, address)
    by = Caller(maker, made_with) if maker is not None and made_with is not None else None
    return enrolment, member, by


def _record_refusal(
    ports: Ports,
    presented: PresentedToken,
    tokens: Sequence[Token],
    problem: CodeProblem | None,
    address: str,
) -> AccessDenied:
    """Record the refusal of the member's current code or of a used code, and return the error to
    raise. Return the same error for any other code, but record nothing, because anyone can invent
    codes. The entry of a code that was used before notifies the leads.

    `problem` is why the member's current code is not valid, or None if another code was presented.
    `tokens` are the tokens that came from the code. They show that it was used, even after a newer
    code has replaced it.
    """
    tokens = sorted(tokens, key=lambda token: token.created_at)
    problem = CodeProblem.USED if tokens else problem
    if problem is None:
        return AccessDenied(Reason.ENROLMENT_REFUSED)
    operation = Operation(
        action=Action.ENROLMENT_USE,
        outcome=Outcome.REFUSED,
        reason=Reason.ENROLMENT_REFUSED,
        details={"because": problem.value}
        | (_build_first_use_details(tokens, ports.now()) if tokens else {}),
    )
    by = SystemActor(presented.member, token_id=secret_id_of(presented.hash), address=address)
    if tokens:
        _record_second_use(ports, by, tokens[0], operation)
    else:
        record(ports, by, operation)
    return AccessDenied(Reason.ENROLMENT_REFUSED)


def _build_first_use_details(tokens: Sequence[Token], now: datetime) -> dict[str, str]:
    """Return the trail details of the code's first use. `tokens` are the token from the code, which
    is the oldest, and the tokens that replaced it in rotations."""
    first = tokens[0]
    working = (token.id for token in tokens if token.revoked_at is None and now < token.expires_at)
    return {
        "token": first.id,
        "used_at": rfc3339(first.created_at),
        "used_from": first.made_from or "an unknown address",
        "working_tokens": " ".join(working),
    }


def _record_second_use(ports: Ports, by: SystemActor, token: Token, operation: Operation) -> None:
    """Record a further use of a used code. The trail entry notifies the leads, but at most once in
    NOTIFY_INTERVAL for each code. `token` is the first token from the code: it stores when the
    leads were last notified."""
    for _ in range(MAX_ATTEMPTS):
        current, now = find_token_by_id(ports.state, token.member, token.id) or token, ports.now()
        notified_at = current.reuse_notified_at
        if notified_at is not None and now < notified_at + NOTIFY_INTERVAL:
            # The detail `again` keeps this entry from notifying the leads.
            details = {**operation.details, "again": "true"}
            record(ports, by, replace(operation, details=details))
            return
        try:
            write_operation(ports, by, operation, [next_version(current, reuse_notified_at=now)])
        except Conflict:
            continue
        return
    # Other writers kept changing the token. Notify the leads once too often rather than never.
    record(ports, by, operation)
