"""The condition keys that tell who calls and how, as in "AWS global condition context keys"."""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam, sts

from local.aws.fixes import source_functions

SERVICE = "Service"
"""The type of a principal that is an AWS service."""
_KEPT = {
    "aws:sourceidentity": "SourceIdentity",
    source_functions.CONDITION_KEY: source_functions.KEPT_AS,
}
"""The keys that a session's credentials bring along, with the names that they are kept under."""


def apply() -> None:
    """Give them in every policy evaluation, whichever service is called."""
    resolve_key = iam_evaluator._resolve_condition_key
    caller_keys = iam_evaluator._principal_keys

    def resolve_as_aws_does(key: str, context: Any) -> Any:
        match key.lower():
            case "aws:principalarn":
                return role_arn_of(context.principal_arn) or context.principal_arn
            case "aws:principalisawsservice":
                return str(context.principal_type == SERVICE).lower()
            case "aws:viaawsservice":
                return "false"  # nobody here calls on behalf of another
            case "aws:securetransport":
                return "true"  # the loopback is in the place of TLS
            case _:
                return resolve_key(key, context)

    def keys_of_the_session(credential: Any) -> dict[str, Any]:
        session = sts._sessions.get(credential.access_key_id) or {}
        keys: dict[str, Any] = caller_keys(credential)
        return keys | {key: session[name] for key, name in _KEPT.items() if session.get(name)}

    iam_evaluator._resolve_condition_key = resolve_as_aws_does
    iam_evaluator._principal_keys = keys_of_the_session


def role_arn_of(session_arn: str) -> str | None:
    """The ARN, path included, of the role a session ARN belongs to; None for other principals."""
    account, separator, resource = session_arn.partition(":sts::")[2].partition(":assumed-role/")
    if not separator:
        return None
    role = iam._roles.get_scoped(account, None, resource.split("/")[0])
    return str(role["Arn"]) if role else None
