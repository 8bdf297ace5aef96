"""What policies were asked here: which role wanted to do what to which resource, and the answer."""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext, EvalResult

from local.aws.mends.policies import request_context

_made: dict[tuple[str, str, str, str], None] = {}


def apply() -> None:
    """Keep every judgement on what a session of a role asks for. What the simulator is asked about
    a role is none: it names the role itself, and nobody has done anything."""
    evaluate = iam_evaluator.evaluate

    def evaluate_and_keep(context: EvalContext, *policies: Any) -> EvalResult:
        result = evaluate(context, *policies)
        role = request_context.role_arn_of(context.principal_arn)
        if role is not None:
            _made[role, context.action, context.resource_arn, result.decision] = None
        return result

    iam_evaluator.evaluate = evaluate_and_keep


def made() -> list[dict[str, str]]:
    """Each once, in the order in which they were made first."""
    names = ("role", "action", "resource", "decision")
    return [dict(zip(names, one, strict=True)) for one in _made]
