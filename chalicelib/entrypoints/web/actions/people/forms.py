"""Parts of forms about people."""

from __future__ import annotations

from chalicelib.domain.errors import NotFound
from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.text import ReasonText
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.web.actions.declared import (
    FormField,
    Typed,
    Widget,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.people.members import find_member


class MemberForm(Request, frozen=True, kw_only=True):
    """A form about one member."""

    member: MemberId


class MemberReasonForm(MemberForm, frozen=True, kw_only=True):
    """A form about one member, with a reason."""

    reason: ReasonText


def hidden(name: str, value: str) -> FormField:
    """Return a field that the page does not show."""
    return FormField(name=name, label="", widget=Widget.HIDDEN, value=value)


REASON = FormField(
    name="reason", label="Reason", widget=Widget.TEXT, required=True, hint="The trail keeps it."
)


def read_member_id(typed: Typed) -> str:
    """Return the ID of a member that was typed or is in the URL. Raise NotFound if no member can
    have it."""
    fields = parse_valid_fields(MemberForm, {"member": typed.get("member", "")})
    if "member" not in fields:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    return str(fields["member"])


def find_typed_member(web: WebRequest, typed: Typed) -> Member:
    """Return the member whose ID was typed or is in the URL. Raise NotFound if there is none."""
    return find_member(web.ports, read_member_id(typed))


def display(member: Member) -> str:
    """Return a member's name and ID for a heading."""
    return f"\u2068{member.name}\u2069 ({member.id})"
