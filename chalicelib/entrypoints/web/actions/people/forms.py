"""Parts of forms about people."""

from __future__ import annotations

from chalicelib.domain.errors import NotFound
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.http.requests import MemberPath
from chalicelib.entrypoints.web.actions.declared import Typed
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.people.members import find_member


def read_member_id(typed: Typed) -> str:
    """Return the ID of a member that was typed or is in the URL. Raise NotFound if no member can
    have it."""
    fields = parse_valid_fields(MemberPath, {"member": typed.get("member", "")})
    if "member" not in fields:
        raise NotFound(Reason.NO_SUCH_MEMBER)
    return str(fields["member"])


def find_typed_member(web: WebRequest, typed: Typed) -> Member:
    """Return the member whose ID was typed or is in the URL. Raise NotFound if there is none."""
    return find_member(web.ports, read_member_id(typed))


def display(member: Member) -> str:
    """Return a member's name and ID for a heading."""
    return f"\u2068{member.name}\u2069 ({member.id})"
