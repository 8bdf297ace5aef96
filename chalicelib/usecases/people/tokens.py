"""Rotate, change and revoke API tokens, and the tokens that end with them.

A member's first token comes from an enrolment (`enrol`). A Slack binding is a stored token that
lets a Slack user act as the member, and ends with the token that it was created with. A token from
a sign-in in the browser ends with the identity that signed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.one_time_secrets import Lifetime, hash_of
from chalicelib.domain.people.members import (
    Caller,
    Kind,
    Member,
    find_token_problem,
    with_revocation,
)
from chalicelib.domain.people.tokens import (
    SECRET_BYTES,
    ChangeToken,
    Token,
    TokenKind,
    TokenState,
    build_token_text,
)
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import OPERATOR, Action
from chalicelib.domain.values import (
    Inline,
    Internal,
    ShownOnce,
    Value,
    next_version,
    sent_fields,
    shown_property,
)
from chalicelib.domain.vending.cut_off.scope import CutOffScope
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.lists import find_token_by_id, find_tokens_made_with, list_all
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, as_system_actor, write
from chalicelib.usecases.selections import Chip, Column, Question, SearchFilters, WholeList
from chalicelib.usecases.vending.revoking import (
    RevocationOrder,
    RevokedItem,
    apply_stop_to_item,
    begin_revocation,
    finish_stop,
    finish_stop_and_respond,
    revoke,
)
from chalicelib.usecases.vending.withholding import withhold_and_list_sessions, withhold_vends

LIFE = Lifetime(
    default=timedelta(days=90),
    longest=timedelta(days=366),
    refusal="The end of a token must be in the future, and at most 366 days from now.",
)


class NewToken(Value, kw_only=False):
    """A new token, with its text."""

    token: Inline[Token] = field(name="of")
    text: ShownOnce[str] = field(name="token")
    """The token's text. Only this response contains the text: Daypass stores its SHA-256."""


def find_token(ports: Ports, member: str, token: str) -> Token:
    """Return the member's token with this ID. Raise NotFound if it does not exist."""
    find_member(ports, member)
    stored = find_token_by_id(ports.state, member, token)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_TOKEN)
    return stored


def read_token(ports: Ports, member: str, token: str) -> TokenRow:
    """Return the member's token with this ID as people see it. Raise NotFound if it does not
    exist."""
    return _show(find_token(ports, member, token), find_member(ports, member), ports.now())


class TokenRow(Value):
    """A token without its text, and whether it works now."""

    token: Inline[Token] = field(name="of")
    state: TokenState
    is_callers: Internal[bool] = False
    """True if the caller is signed in with this token."""

    @shown_property
    def kind(self) -> TokenKind:
        return self.token.kind

    @property
    def works(self) -> bool:
        return self.state is TokenState.WORKS

    @property
    def ends_at(self) -> datetime:
        return self.token.revoked_at or self.token.expires_at

    @property
    def note(self) -> str:
        """Return what else identifies the token."""
        code = f"code by {self.token.code_made_by.lstrip('@')}" if self.token.code_made_by else ""
        current = "this sign-in" if self.is_callers else ""
        return ", ".join(filter(None, (current, self.token.subject, code)))


class TokenFilters(SearchFilters):
    """The tokens to list."""

    member: MemberId = ""
    """The tokens' member."""


def _build_rows(
    ports: Ports, caller: Caller, filters: TokenFilters, tokens: Sequence[Token]
) -> list[TokenRow]:
    """Return the tokens as people see them: working tokens first, and then the latest first. Raise
    NotFound if the member does not exist."""
    owner, now = find_member(ports, filters.member), ports.now()
    rows = [
        replace(_show(token, owner, now), is_callers=token.hash == caller.token.hash)
        for token in tokens
    ]
    return sorted(rows, key=lambda row: (row.works, row.token.created_at), reverse=True)


_KINDS = {"api": TokenKind.TOKEN, "identity": TokenKind.IDENTITY, "slack": TokenKind.BINDING}
TOKENS: Question[TokenRow, TokenFilters] = Question(
    name="tokens",
    title="Tokens, identities and Slack users",
    kinds=EVERYONE,
    columns=(
        Column("token.id", "Token"),
        Column("token.label", "Label"),
        Column("kind", "Kind", 2),
        Column("state", "State"),
        Column("token.created_at", "Created", 2),
        Column("ends_at", "Until"),
        Column("token.made_from", "From", 3),
        Column("note", "", 2),
    ),
    empty="There are no tokens yet.",
    rows=WholeList(
        list_items=lambda ports, _, filters, span: ports.state.list(
            Token, member=filters.member, **span
        ),
        build_rows=_build_rows,
        key="token.id",
        searched=("token.id", "token.label", "token.made_from", "kind", "note"),
        chips=(
            *(
                Chip(each.value, each.value.capitalize(), "state", frozenset({each}))
                for each in TokenState
            ),
            *(Chip(name, kind.value, "kind", frozenset({kind})) for name, kind in _KINDS.items()),
        ),
    ),
)


def _show(token: Token, owner: Member, now: datetime) -> TokenRow:
    """Return the token with its state now. A suspended member's tokens count as revoked."""
    shown = with_revocation(token, owner)
    problem = find_token_problem(shown, owner, now)
    state = TokenState.WORKS if problem is None else TokenState.REVOKED
    if problem is Reason.TOKEN_EXPIRED:
        state = TokenState.EXPIRED
    return TokenRow(token=shown, state=state)


def find_working_tokens(ports: Ports, member: Member) -> list[Token]:
    """Return the member's tokens that are valid now."""
    now = ports.now()
    tokens = list_all(ports.state, Token, member=member.id)
    return [token for token in tokens if find_token_problem(token, member, now) is None]


def rotate_token(ports: Ports, caller: Caller) -> NewToken:
    """Replace the caller's token, and return the new token with its text.

    The new token is like the old one, and valid for 90 days. The old token, and the Slack bindings
    that were created with it, become invalid in the same transaction. Raise Conflict for a caller
    who signed in at an identity provider, with an identity token or in the browser: a rotation
    would outlast that sign-in.
    """
    now, old = ports.now(), caller.token
    if old.issuer or old.made_with:
        raise Conflict(Reason.NO_TOKEN_TO_ROTATE)
    text = build_token_text(old.member, ports.random(SECRET_BYTES))
    # The new token keeps `enrolment`, the code that gave the first token, so that Daypass still
    # recognises a second use of the code. Its next second use notifies the leads again.
    new = replace(
        old,
        hash=hash_of(text),
        created_at=now,
        expires_at=now + LIFE.default,
        made_from=caller.address,
        given_at=old.given_since,  # a member's right to approve begins with the first token
        reuse_notified_at=None,
        stop="",  # no revocation of the old token applies to the new one
        version=1,
    )
    revoked = next_version(old, revoked_at=now)
    bindings = [
        (binding, next_version(binding, revoked_at=now))
        for binding in _find_tokens_made_with(ports, revoked)
    ]
    # (old, new) creates `new`, because a token's key is its hash. With `old` in front, the trail
    # entry shows how the new token differs.
    edits = [(old, new), (old, revoked), *bindings]
    details = _build_bindings_detail(binding for binding, _ in bindings)
    write(ports, caller, Action.TOKEN_ROTATE, *edits, details=details)
    for token in (revoked, *(binding for _, binding in bindings)):
        withhold_vends(ports, caller, token)
    # A binding can have been created after the bindings were read above.
    revoke_tokens_made_with(ports, as_system_actor(caller), revoked.member, revoked.id)
    return NewToken(new, text)


def change_token(ports: Ports, caller: Caller, token: str, request: ChangeToken) -> Token:
    """Change one of the caller's tokens, and return the token."""
    old = find_token(ports, caller.member.id, token)
    new = next_version(old, **sent_fields(request))
    write(ports, caller, Action.TOKEN_CHANGE, (old, new))
    return with_revocation(new, caller.member)


def revoke_token(ports: Ports, by: Actor, member: str, token: str, *, why: str) -> Revocation:
    """Revoke the token, and the tokens that were created with it, such as Slack bindings. Return
    their sessions that may be active, and those of the tokens that this one replaced by rotation,
    even if the token was revoked before. Other tokens' sessions are not affected.

    If someone revokes another lead's token, the leads are notified: the revocation can lock that
    lead out.
    """

    def find_order() -> RevocationOrder:
        owner, stored = find_member(ports, member), find_token(ports, member, token)
        # The detail `kind` makes the entry notify the leads. The operator's recovery has its own
        # notification.
        can_lock_out_lead = owner.kind is Kind.LEAD and by.actor not in (owner.id, OPERATOR)
        details = {"said": why, "kind": Kind.LEAD.value if can_lock_out_lead else ""}
        details |= _build_bindings_detail(_find_tokens_made_with(ports, stored))
        return RevocationOrder(stored, Action.TOKEN_REVOKE, details)

    def complete_steps(ports: Ports, by: Actor, revoked: RevokedItem) -> Revocation:
        # At once, because the steps before the second withholding can take seconds. That one also
        # withholds the sessions of the other tokens.
        withhold_vends(ports, by, revoked.item)
        is_applied = apply_stop_to_item(ports, revoked)
        # After the token's own item is written, no other token can be created with it.
        revoke_tokens_made_with(ports, by, member, token)
        response = withhold_and_list_sessions(
            ports,
            by,
            revoked.item,
            revoked.at,
            cut_off=CutOffScope.SESSIONS,
            requested_by=by.actor,
        )
        return finish_stop_and_respond(ports, revoked, response, is_applied=is_applied)

    return revoke(ports, by, find_order, complete_steps)


def _find_tokens_made_with(ports: Ports, token: Token) -> list[Token]:
    """Return the tokens that end with this one, and are not revoked: Slack bindings, and those of a
    sign-in in the browser. The caller revokes them with the token, so that someone who stole it
    keeps nothing."""
    tokens = list_all(ports.state, Token, member=token.member)
    return [each for each in find_tokens_made_with(tokens, token.id) if each.revoked_at is None]


def _build_bindings_detail(made: Iterable[Token]) -> dict[str, str]:
    """Return the trail detail `bindings` with the IDs of the tokens that end with another one, such
    as Slack bindings."""
    return {"bindings": " ".join(token.id for token in made)}


def revoke_tokens_made_with(ports: Ports, by: Actor, member: str, token: str) -> None:
    """Revoke the tokens that were created with this revoked token, and those that were created with
    them. After the revocation is written into a token's item, no other token can be created with
    it."""
    for made, revoked in stop_tokens_made_with(ports, by, member, token):
        if apply_stop_to_item(ports, revoked):
            finish_stop(ports, revoked)
        revoke_tokens_made_with(ports, by, member, made.id)


def stop_tokens_made_with(
    ports: Ports, by: Actor, member: str, token: str
) -> Iterator[tuple[Token, RevokedItem]]:
    """Revoke each token that was created with this one: store a stop, the record of the revocation,
    and do not hand over sessions that are being issued with the token. Yield the token as it was,
    and revoked. As a generator, revoke a token only when the caller takes the next one. Do not
    write the tokens' own items, which one caller, the hourly job, may not write."""
    for made in list_all(ports.state, Token, member=member):
        # `revoked_at` is also set by a stop that is not written into the token's own item yet. The
        # caller may still have to write it. So include every token with a stop: `stop` is the ID of
        # its last stop, and remains after that stop is written.
        if made.made_with == token and (made.revoked_at is None or made.stop):
            order = RevocationOrder(made, Action.TOKEN_REVOKE, {"bound_with": token})
            revoked = begin_revocation(ports, by, order)
            withhold_vends(ports, by, revoked.item)
            yield made, revoked
