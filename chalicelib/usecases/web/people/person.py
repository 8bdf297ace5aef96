"""Read the page of one member. A part that cannot be read does not take the others with it."""

from __future__ import annotations

from functools import partial

from chalicelib.domain.errors import NotFound
from chalicelib.domain.lists import Page
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.values import Value
from chalicelib.usecases.lists import read_parts
from chalicelib.usecases.people.members import ShownEnrolment, find_member, read_enrolment
from chalicelib.usecases.people.tokens import TokenRow, list_tokens
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.access import AccessFilters, MemberAccess, read_access
from chalicelib.usecases.vending.uses import Uses, read_uses

TOKENS_READ = 100


class PersonPage(Value, frozen=True, kw_only=True):
    """A member, and what their page shows. A part is None if it could not be read."""

    member: Member
    access: MemberAccess | None
    tokens: Page[TokenRow] | None
    uses: Uses | None
    code: ShownEnrolment | None
    """Their last enrolment code. None if they never had one."""

    @property
    def working_tokens(self) -> tuple[TokenRow, ...]:
        return tuple(row for row in self.tokens.items if row.works) if self.tokens else ()

    @property
    def was_lead(self) -> bool:
        """Return whether they led, and do so no more: their changes may need a look."""
        is_lead = self.member.kind is Kind.LEAD and self.member.suspended_at is None
        return self.member.has_ever_led and not is_lead


def read_person(
    ports: Ports, caller: Caller, member: str, *, grants_cursor: str = "", tokens_cursor: str = ""
) -> PersonPage:
    """Return the page of the member. Raise NotFound if no such member exists."""
    stored = find_member(ports, member)
    filters = AccessFilters(member=member, cursor=grants_cursor)
    parts = read_parts(
        ports,
        {
            "access": partial(read_access, ports, caller, filters),
            "tokens": partial(list_tokens, ports, stored, limit=TOKENS_READ, cursor=tokens_cursor),
            "uses": partial(read_uses, ports, member),
        },
    )
    return PersonPage(member=stored, **parts, code=_read_code(ports, member))


def _read_code(ports: Ports, member: str) -> ShownEnrolment | None:
    """Return the member's last enrolment code, or None if they never had one."""
    try:
        return read_enrolment(ports, member)
    except NotFound:
        return None
