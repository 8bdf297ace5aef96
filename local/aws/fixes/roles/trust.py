"""Evaluate a role's trust policy for a caller."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from ministack.core.iam_evaluator import EvalContext, _action_matches

from local.aws.fixes.policies import conditions
from local.aws.fixes.policies.request_context import SERVICE, role_arn_of


class Result(StrEnum):
    """The result of a trust policy. AWS treats a named principal and its account differently."""

    DENIED = "an explicit deny matches"
    PRINCIPAL = "a statement allows the caller itself"
    ACCOUNT = (
        "a statement allows the caller's account, if the caller's policies allow the action too"
    )
    NO_MATCH = "no statement matches"


def evaluate(document: str | dict[str, Any], context: EvalContext) -> Result:
    """Evaluate all statements for `context.action`. A Deny wins in any order."""
    results = {_evaluate_statement(statement, context) for statement in _parse_statements(document)}
    for result in (Result.DENIED, Result.PRINCIPAL, Result.ACCOUNT):
        if result in results:
            return result
    return Result.NO_MATCH


def _parse_statements(document: str | dict[str, Any]) -> list[dict[str, Any]]:
    """Return the policy's statements. Skip those that are not JSON objects."""
    try:
        parsed = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return []  # IAM does not store malformed JSON
    statements = _as_list(parsed.get("Statement")) if isinstance(parsed, dict) else []
    return [statement for statement in statements if isinstance(statement, dict)]


def _evaluate_statement(statement: dict[str, Any], context: EvalContext) -> Result:
    """Return the result of one statement."""
    actions, excepted = _as_list(statement.get("Action")), _as_list(statement.get("NotAction"))
    if not (actions or excepted) or not _action_matches(context.action, actions, excepted):
        return Result.NO_MATCH
    effect, match = (
        statement.get("Effect", ""),
        _match_principal(statement.get("Principal"), context),
    )
    condition = statement.get("Condition") or {}
    if match is Result.NO_MATCH or not conditions.hold(condition, context, effect=effect):
        return Result.NO_MATCH
    match effect:
        case "Allow":
            return match
        case "Deny":
            return Result.DENIED
        case _:
            return Result.NO_MATCH


def _match_principal(principal: Any, context: EvalContext) -> Result:
    """Return whether the statement's principal names the caller, its account or neither."""
    if principal == "*":
        return Result.PRINCIPAL
    if not isinstance(principal, dict):
        return Result.NO_MATCH
    if context.principal_type == SERVICE:
        is_listed = context.principal_arn in _as_list(principal.get("Service"))
        return Result.PRINCIPAL if is_listed else Result.NO_MATCH
    listed = set(_as_list(principal.get("AWS")))
    account = context.principal_account
    if listed & {"*", context.principal_arn, role_arn_of(context.principal_arn)}:
        return Result.PRINCIPAL
    if listed & {account, f"arn:aws:iam::{account}:root"}:
        return Result.ACCOUNT
    return Result.NO_MATCH


def _as_list(value: Any) -> list[Any]:
    """Return the value as a list: IAM accepts one value in place of a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
