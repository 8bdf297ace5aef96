"""What IAM takes as a trust policy."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import iam

_PROHIBITED = ("Resource", "NotResource")


def apply() -> None:
    """Refuse a trust policy with a resource: it is about the role that it hangs on.

    Whoever creates a role comes here: IAM's own two operations, and CloudFormation.
    """
    complaint = iam._trust_policy_not_principal_error

    def complain(document: str | dict[str, Any]) -> str | None:
        told: str | None = _prohibited(document) or complaint(document)
        return told

    iam._trust_policy_not_principal_error = complain


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
