"""Validation of trust policies."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import iam

_PROHIBITED = ("Resource", "NotResource")


def apply() -> None:
    """Refuse a trust policy with Resource or NotResource, as IAM does.

    IAM's two operations and CloudFormation all call this check.
    """
    validate = iam._trust_policy_not_principal_error

    def validate_resource_too(document: str | dict[str, Any]) -> str | None:
        error: str | None = _prohibited(document) or validate(document)
        return error

    iam._trust_policy_not_principal_error = validate_resource_too


def _prohibited(document: str | dict[str, Any]) -> str | None:
    try:
        parsed = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return None
    statements = parsed.get("Statement") if isinstance(parsed, dict) else None
    for statement in statements if isinstance(statements, list) else [statements]:
        for field in _PROHIBITED:
            if isinstance(statement, dict) and field in statement:
                return f"Has prohibited field {field}"
    return None
