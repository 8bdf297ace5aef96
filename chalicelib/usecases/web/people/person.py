"""Read the page of one member. A part that cannot be read does not take the others with it."""

from __future__ import annotations

from functools import partial

from chalicelib.domain.errors import NotFound
from chalicelib.domain.lists import Page
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import Kind, Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Value
from chalicelib.usecases.lists import pick, read_parts
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.access import AccessFilters, MemberAccess, read_access
from chalicelib.usecases.vending.uses import Uses, read_uses
from chalicelib.usecases.web.people.tokens import (
    CodeStatus,
    TokenStatus,
    cut_token_page,
    describe_code,
    describe_tokens,
)

TOKENS_READ = 100


class TokensPart(Value, frozen=True, kw_only=True):
    """A page of a member's tokens, identities and Slack bindings, those that work first."""

    tokens: tuple[TokenStatus, ...]
    cursor: str

    @property
    def working(self) -> tuple[TokenStatus, ...]:
        return tuple(token for token in self.tokens if token.works)

    @property
    def ended(self) -> tuple[TokenStatus, ...]:
        return tuple(token for token in self.tokens if not token.works)


class PersonPage(Value, frozen=True, kw_only=True):
    """A member, and what their page shows. A part is None if it could not be read."""

    member: Member
    access: MemberAccess | None
    tokens: TokensPart | None
    uses: Uses | None
    code: CodeStatus | None
    """Their last enrolment code. None if they never had one."""

    @property
    def was_lead(self) -> bool:
        """Return whether they led, and do so no more: their changes may need a look."""
        is_lead = self.member.kind is Kind.LEAD and self.member.suspended_at is None
        return self.member.has_ever_led and not is_lead


def read_person(
    ports: Ports, caller: Caller, member: str, *, grants_cursor: str = "", tokens_cursor: str = ""
) -> PersonPage:
    """Return the page of the member. Raise NotFound if no such member exists."""
    keys = ((Member, (member,)), (Enrolment, (member,)), (Leads, ()))
    items = ports.state.get_together(keys)
    stored = pick(items, Member, member)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    filters = AccessFilters(member=member, cursor=grants_cursor)
    parts = read_parts(
        ports,
        {
            "access": partial(read_access, ports, caller, filters),
            "tokens": partial(_read_tokens, ports, stored, tokens_cursor),
            "uses": partial(read_uses, ports, member),
        },
    )
    code = describe_code(pick(items, Enrolment, member), stored, pick(items, Leads), ports.now())
    return PersonPage(member=stored, **parts, code=code)


def _read_tokens(ports: Ports, member: Member, cursor: str) -> TokensPart:
    """Return the tokens with their stops applied."""
    now = ports.now()
    listed = ports.state.list(Token, member=member.id, limit=TOKENS_READ, cursor=cursor)
    page: Page[Token] = cut_token_page(listed, now)
    return TokensPart(tokens=describe_tokens(member, page.items, {}, now), cursor=page.cursor)
