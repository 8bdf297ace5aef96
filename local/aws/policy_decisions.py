"""Record IAM's decisions on the requests of roles' sessions."""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext, EvalResult

from local.aws.fixes import source_functions
from local.aws.fixes.policies import leading_keys, request_context

PolicyDecision = tuple[str, str, str, str, str, tuple[str, ...]]
_made: dict[PolicyDecision, None] = {}


def apply() -> None:
    """Record every decision on a request of a role's session.

    The policy simulator's decisions are not recorded: its principal is the role itself.
    """
    evaluate = iam_evaluator.evaluate

    def evaluate_and_record(context: EvalContext, *policies: Any) -> EvalResult:
        result = evaluate(context, *policies)
        role = request_context.role_arn_of(context.principal_arn)
        if role is not None:
            function = context.principal_keys.get(source_functions.CONDITION_KEY, "")
            keys = sorted({_prefix(key) for key in leading_keys.in_request(context.resource_arn)})
            _made[
                role,
                context.action,
                context.resource_arn,
                result.decision,
                function.rpartition(":")[2],
                tuple(keys),
            ] = None
        return result

    iam_evaluator.evaluate = evaluate_and_record


def _prefix(key: str) -> str:
    """Return the key up to its first #, so that the number of different decisions is bounded. A key
    with nothing after that stays as it is."""
    prefix, _, rest = key.partition("#")
    return f"{prefix}#*" if rest else key


def made() -> list[dict[str, Any]]:
    """Return the different decisions, in the order in which they were first made."""
    names = ("role", "action", "resource", "decision", "function", "leading_keys")
    return [dict(zip(names, decision, strict=True)) for decision in _made]
