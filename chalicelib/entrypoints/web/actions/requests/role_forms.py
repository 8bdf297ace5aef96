"""The fields of forms about one role of an engagement."""

from __future__ import annotations

from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.http.requests import RolePath
from chalicelib.entrypoints.web.actions.declared import FormField, Typed
from chalicelib.entrypoints.web.actions.fields import hidden


def list_role_fields(engagement: str, role: str) -> tuple[FormField, ...]:
    """Return the hidden fields with the engagement and the role."""
    return hidden("engagement", engagement), hidden("role", role)


def read_role_names(typed: Typed) -> tuple[str, str]:
    """Return the engagement and the role that the form names. One that is missing or invalid is one
    that does not exist: the form then says so, as for any other."""
    valid = parse_valid_fields(RolePath, dict(typed))
    return str(valid.get("engagement", "-")), str(valid.get("role", "-"))
