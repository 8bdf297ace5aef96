"""Read the page of all members, in three calls to AWS."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.enrolments import Enrolment, find_problem_without_maker
from chalicelib.domain.people.members import Member
from chalicelib.domain.values import Value
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports

MEMBERS_PER_PAGE = 25
_SORTS_LAST = "~"
"""It sorts after every character of an ID."""


class PersonRow(Value, frozen=True, kw_only=True):
    """A member in the list of all."""

    member: Member
    has_open_code: bool | None
    """True if their enrolment code is unused, not revoked and not expired. None if it could not be
    read."""


class PeoplePage(Value, frozen=True, kw_only=True):
    """A page of members, sorted by ID."""

    rows: tuple[PersonRow, ...]
    cursor: str
    """The ID of the last member on the page. Empty on the last page."""


def list_people(ports: Ports, *, starts_with: str = "", cursor: str = "") -> PeoplePage:
    """Return a page of the members whose IDs begin with this text."""
    after = max(cursor, _before(starts_with))
    page = ports.state.list(Member, limit=MEMBERS_PER_PAGE, cursor=after)
    members = [member for member in page.items if member.id.startswith(starts_with)]
    has_more = bool(page.cursor) and len(members) == len(page.items)
    codes = _read_codes(ports, members)
    now = ports.now()

    def has_open_code(member: Member) -> bool | None:
        if codes is None:
            return None
        code = codes.get(member.id)
        return code is not None and find_problem_without_maker(code, member, now) is None

    rows = (PersonRow(member=member, has_open_code=has_open_code(member)) for member in members)
    return PeoplePage(rows=tuple(rows), cursor=page.cursor if has_more else "")


def _read_codes(ports: Ports, members: Iterable[Member]) -> dict[str, Enrolment] | None:
    """Return the members' last enrolment codes by member. None if they cannot be read now."""
    keys: list[MixedKey] = [(Enrolment, (member.id,)) for member in members]
    try:
        items = ports.state.get_together(keys)
    except Unavailable:
        return None
    codes = (pick(items, Enrolment, *key) for _, key in keys)
    return {code.member: code for code in codes if code is not None}


def _before(text: str) -> str:
    """Return a text that sorts directly before all IDs that begin with this text, and after all
    others before them."""
    return text and f"{text[:-1]}{chr(ord(text[-1]) - 1)}{_SORTS_LAST}"
