"""Match a policy's Condition, Resource and NotResource against a request.

"IAM JSON policy elements: Condition operators" and "Multivalued context keys" (IAM User Guide). A
condition whose meaning AWS does not document gets the stricter reading: an Allow statement does not
match, and a Deny statement does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext, ParsedStatement

from local.aws.fixes.policies.patterns import Undocumented, is_arn_like, is_like

_IF_EXISTS = "ifexists"
_ALL, _ANY = "forallvalues:", "foranyvalue:"
_BY_PATTERN: dict[str, Callable[[str, str], bool]] = {
    "stringlike": is_like,
    "arnequals": is_arn_like,
    "arnlike": is_arn_like,
}
"""The operators with wildcards. Each also has a negation, with `not` in its name."""


def apply() -> None:
    """Evaluate identity policies, permissions boundaries and session policies with this module."""
    iam_evaluator._first_match = _first_match


def _first_match(
    context: EvalContext, statements: list[ParsedStatement], effect: str
) -> ParsedStatement | None:
    for statement in statements:
        if (
            statement.effect == effect
            and iam_evaluator._action_matches(
                context.action, statement.actions, statement.not_actions
            )
            and _covers_resource(statement, context)
            and hold(statement.conditions, context, effect=effect)
        ):
            return statement
    return None


def _covers_resource(statement: ParsedStatement, context: EvalContext) -> bool:
    if statement.resources:
        return any(_is_resource(template, context) for template in statement.resources)
    return not any(_is_resource(template, context) for template in statement.not_resources)


def _is_resource(template: str, context: EvalContext) -> bool:
    return template == "*" or is_like(template, context.resource_arn)


def hold(conditions: Mapping[str, Any], context: EvalContext, *, effect: str) -> bool:
    """Return whether the request meets all conditions of a statement with this effect."""
    return all(
        _holds(operator, key, _texts(expected), context, effect=effect)
        for operator, tests in conditions.items()
        for key, expected in tests.items()
    )


def _holds(
    operator: str, key: str, expected: list[str], context: EvalContext, *, effect: str
) -> bool:
    actual = iam_evaluator._resolve_condition_key(key, context)
    name = operator.lower()
    if name == "null":
        return any((actual is None) == (text.lower() == "true") for text in expected)
    if_exists = name.endswith(_IF_EXISTS)
    name = name.removesuffix(_IF_EXISTS)
    quantifier = next((prefix for prefix in (_ALL, _ANY) if name.startswith(prefix)), "")
    name = name.removeprefix(quantifier)
    try:
        if actual is None and name in iam_evaluator._CONDITION_OPS:
            negated = name in iam_evaluator._NEGATED_OPS
            return if_exists or quantifier == _ALL or (negated and quantifier != _ANY)
        values = _values(actual, quantifier)
        matches = [_matches(name, value, expected) for value in values]
    except Undocumented:
        return effect == "Deny"
    return all(matches) if quantifier == _ALL else any(matches)


def _values(actual: Any, quantifier: str) -> list[str]:
    if isinstance(actual, list) and not quantifier:
        raise Undocumented
    return [str(value) for value in (actual if isinstance(actual, list) else [actual])]


def _matches(name: str, value: str, expected: list[str]) -> bool:
    """Return whether a value of the request matches any of the policy's values; for a negated
    operator, whether it matches none."""
    if any("${" in text for text in expected):
        raise NotImplementedError("the local AWS has no policy variables")
    compare = _BY_PATTERN.get(name.replace("not", "", 1))
    if compare:
        return any(compare(pattern, value) for pattern in expected) is not ("not" in name)
    if name not in iam_evaluator._CONDITION_OPS:
        raise Undocumented  # IAM does not accept such a policy
    combine = all if name in iam_evaluator._NEGATED_OPS else any
    return combine(iam_evaluator._CONDITION_OPS[name](value, text) for text in expected)


def _texts(expected: Any) -> list[str]:
    values = expected if isinstance(expected, list) else [expected]
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
