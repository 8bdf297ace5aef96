"""What a role's trust policy says about a caller."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from ministack.core.iam_evaluator import EvalContext, _action_matches

from local.aws.fixes.policies import conditions, variables
from local.aws.fixes.policies.request_context import SERVICE, role_arn_of


class Answer(StrEnum):
    """How a trust policy answers: AWS treats a named principal and its account differently."""

    DENIED = "an explicit deny matches"
    NAMED = "the caller itself is allowed"
    ACCOUNT = "the caller's account is allowed, so the caller needs its account's word too"
    SILENT = "no statement matches"


def read(document: str | dict[str, Any], context: EvalContext) -> Answer:
    """Judge `context.action` by every statement; a Deny wins whatever the order."""
    answers = {_of_statement(statement, context) for statement in _statements(document)}
    for answer in (Answer.DENIED, Answer.NAMED, Answer.ACCOUNT):
        if answer in answers:
            return answer
    return Answer.SILENT


def _statements(document: str | dict[str, Any]) -> list[dict[str, Any]]:
    try:
        parsed = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return []  # IAM would not have stored it. It trusts nobody.
    known = variables.of_its_version(parsed)
    statements = _list(known.get("Statement")) if isinstance(known, dict) else []
    return [statement for statement in statements if isinstance(statement, dict)]


def _of_statement(statement: dict[str, Any], context: EvalContext) -> Answer:
    actions, excepted = _list(statement.get("Action")), _list(statement.get("NotAction"))
    if not (actions or excepted) or not _action_matches(context.action, actions, excepted):
        return Answer.SILENT
    effect, reach = statement.get("Effect", ""), _reach(statement.get("Principal"), context)
    condition = statement.get("Condition") or {}
    if reach is Answer.SILENT or not conditions.hold(condition, context, effect=effect):
        return Answer.SILENT
    match effect:
        case "Allow":
            return reach
        case "Deny":
            return Answer.DENIED
        case _:
            return Answer.SILENT


def _reach(principal: Any, context: EvalContext) -> Answer:
    if principal == "*":
        return Answer.NAMED
    if not isinstance(principal, dict):
        return Answer.SILENT
    if context.principal_type == SERVICE:
        named = context.principal_arn in _list(principal.get("Service"))
        return Answer.NAMED if named else Answer.SILENT
    listed = set(_list(principal.get("AWS")))
    account = context.principal_account
    if listed & {"*", context.principal_arn, role_arn_of(context.principal_arn)}:
        return Answer.NAMED
    if listed & {account, f"arn:aws:iam::{account}:root"}:
        return Answer.ACCOUNT
    return Answer.SILENT


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
