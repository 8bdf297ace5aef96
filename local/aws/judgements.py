"""What policies were asked here: which role, in which function, wanted to do what to which resource
and under which keys; and the answer."""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext, EvalResult

from local.aws.fixes import source_functions
from local.aws.fixes.policies import leading_keys, request_context

Judgement = tuple[str, str, str, str, str, tuple[str, ...]]
_made: dict[Judgement, None] = {}


def apply() -> None:
    """Keep every judgement on what a session of a role asks for. What the simulator is asked about
    a role is none: it names the role itself, and nobody has done anything."""
    evaluate = iam_evaluator.evaluate

    def evaluate_and_keep(context: EvalContext, *policies: Any) -> EvalResult:
        result = evaluate(context, *policies)
        role = request_context.role_arn_of(context.principal_arn)
        if role is not None:
            function = context.principal_keys.get(source_functions.CONDITION_KEY, "")
            keys = sorted({_kind(key) for key in leading_keys.named(context.resource_arn)})
            _made[
                role,
                context.action,
                context.resource_arn,
                result.decision,
                function.rpartition(":")[2],
                tuple(keys),
            ] = None
        return result

    iam_evaluator.evaluate = evaluate_and_keep


def _kind(key: str) -> str:
    """The key up to its first #: of what is in a table there is no end."""
    kind, separator, _ = key.partition("#")
    return f"{kind}#*" if separator else key


def made() -> list[dict[str, Any]]:
    """Each once, in the order in which they were made first."""
    names = ("role", "action", "resource", "decision", "function", "leading_keys")
    return [dict(zip(names, one, strict=True)) for one in _made]
