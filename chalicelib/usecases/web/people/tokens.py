"""Say of each of a member's tokens, and of their enrolment code, whether it works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.lists import Page
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.authentication import find_token_problem
from chalicelib.domain.people.enrolments import (
    CodeProblem,
    Enrolment,
    find_problem_without_maker,
)
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop, with_stop
from chalicelib.domain.trail import OPERATOR
from chalicelib.domain.values import Item, Value
from chalicelib.domain.vending.stops.kinds import isolate
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey

MAX_CANDIDATES = 25
"""The most tokens of a page whose stored form is valid: the stop of each is read."""


class TokenKind(StrEnum):
    """The kind of a stored token."""

    TOKEN = "token"
    """An API token, whose text its member has."""
    IDENTITY = "identity"
    """An identity at the firm's identity provider."""
    BINDING = "binding"
    """A Slack user that is linked to the member."""


def find_kind(token: Token) -> TokenKind:
    if token.is_binding:
        return TokenKind.BINDING
    return TokenKind.IDENTITY if token.issuer else TokenKind.TOKEN


_KIND_TEXTS = {
    TokenKind.TOKEN: "API token",
    TokenKind.IDENTITY: "identity",
    TokenKind.BINDING: "Slack user",
}


def describe_token(token: Token) -> str:
    """Return the token's label, ID, kind and end, for a list of choices."""
    label, until = isolate(token.label), utc_text(token.expires_at)
    return f"{label} ({token.id}): {_KIND_TEXTS[find_kind(token)]}, until {until}"


class TokenStatus(Value, frozen=True):
    """A token without any secret, and why it does not work now, if it does not."""

    token: Token
    problem: Reason | None

    @property
    def works(self) -> bool:
        return self.problem is None

    @property
    def kind(self) -> TokenKind:
        return find_kind(self.token)

    @property
    def kind_text(self) -> str:
        return _KIND_TEXTS[self.kind]

    @property
    def code_made_by(self) -> str:
        """Return the maker of the enrolment code that the token came from. Empty if unknown."""
        return self.token.code_made_by


class CodeStatus(Value, frozen=True):
    """A member's last enrolment code without its text, and why it is not valid, if it is not."""

    enrolment: Enrolment
    problem: CodeProblem | None

    @property
    def is_open(self) -> bool:
        return self.problem is None


def cut_token_page(page: Page[Token], now: datetime) -> Page[Token]:
    """Return the page's first tokens with no more than 25 that look valid as they are stored. The
    next page begins with the others."""
    candidates = 0
    for count, token in enumerate(page.items):
        candidates += may_work(token, now)
        if candidates > MAX_CANDIDATES:
            return Page(page.items[:count], page.items[count - 1].id)
    return page


def may_work(token: Token, now: datetime) -> bool:
    """Return whether the token is valid as it is stored. Its stop may say otherwise."""
    return token.revoked_at is None and now < token.expires_at


def describe_tokens(
    member: Member, tokens: Iterable[Token], items: Mapping[MixedKey, Item], now: datetime
) -> tuple[TokenStatus, ...]:
    """Return the tokens with their stops applied, those that work first, and then the latest
    first."""
    statuses = []
    for stored in tokens:
        token = with_stop(stored, pick(items, Stop, *stored.stop_key))
        statuses.append(TokenStatus(token, find_token_problem(token, member, now)))
    statuses.sort(key=lambda status: status.token.created_at, reverse=True)
    return tuple(sorted(statuses, key=lambda status: not status.works))


def describe_code(
    enrolment: Enrolment | None, member: Member, leads: Leads | None, now: datetime
) -> CodeStatus | None:
    """Return the member's last code with its status. None if they never had a code.

    The list of leads shows whether its maker still leads; only the exchange of the code reads the
    maker's token too.
    """
    if enrolment is None:
        return None
    problem = find_problem_without_maker(enrolment, member, now)
    leads_now = leads.members if leads is not None else frozenset()
    if problem is None and enrolment.made_by not in {OPERATOR, *leads_now}:
        problem = CodeProblem.MAKER_REVOKED
    return CodeStatus(enrolment, problem)
