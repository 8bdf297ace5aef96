"""Condition keys for the caller and the connection ("AWS global condition context keys")."""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam, sts

from local.aws.fixes import source_functions

SERVICE = "Service"
"""The principal type of an AWS service."""
_SESSION_FIELDS = {
    "aws:sourceidentity": "SourceIdentity",
    source_functions.CONDITION_KEY: source_functions.SESSION_FIELD,
}
"""The fields of a session with the values of these condition keys."""


def apply() -> None:
    """Provide the keys to every policy evaluation, for all services."""
    resolve_key = iam_evaluator._resolve_condition_key
    caller_keys = iam_evaluator._principal_keys

    def resolve_as_aws_does(key: str, context: Any) -> Any:
        match key.lower():
            case "aws:principalarn":
                return role_arn_of(context.principal_arn) or context.principal_arn
            case "aws:principalisawsservice":
                return str(context.principal_type == SERVICE).lower()
            case "aws:viaawsservice":
                return "false"  # no service here makes requests on behalf of a principal
            case "aws:securetransport":
                return "true"  # loopback replaces TLS here
            case _:
                return resolve_key(key, context)

    def keys_of_the_session(credential: Any) -> dict[str, Any]:
        session = sts._sessions.get(credential.access_key_id) or {}
        keys: dict[str, Any] = caller_keys(credential)
        return keys | {
            key: session[name] for key, name in _SESSION_FIELDS.items() if session.get(name)
        }

    iam_evaluator._resolve_condition_key = resolve_as_aws_does
    iam_evaluator._principal_keys = keys_of_the_session


def role_arn_of(session_arn: str) -> str | None:
    """Return the ARN, with its path, of the session's role; None for other principals."""
    account, separator, resource = session_arn.partition(":sts::")[2].partition(":assumed-role/")
    if not separator:
        return None
    role = iam._roles.get_scoped(account, None, resource.split("/")[0])
    return str(role["Arn"]) if role else None
