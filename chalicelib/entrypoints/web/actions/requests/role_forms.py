"""The fields of forms about one role of an engagement."""

from __future__ import annotations

from chalicelib.domain.identifiers import EngagementId, RoleName
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.web.actions.declared import FormField, Typed, Widget


class RoleForm(Request, frozen=True, kw_only=True):
    """A form about one role of an engagement."""

    engagement: EngagementId
    role: RoleName


def list_role_fields(engagement: str, role: str) -> tuple[FormField, ...]:
    """Return the hidden fields with the engagement and the role."""
    return (
        FormField(name="engagement", label="Engagement", widget=Widget.HIDDEN, value=engagement),
        FormField(name="role", label="Role", widget=Widget.HIDDEN, value=role),
    )


def read_role_names(typed: Typed) -> tuple[str, str]:
    """Return the engagement and the role that the form names. One that is missing or invalid is one
    that does not exist: the form then says so, as for any other."""
    valid = parse_valid_fields(RoleForm, dict(typed))
    return str(valid.get("engagement", "-")), str(valid.get("role", "-"))
