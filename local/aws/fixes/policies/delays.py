"""IAM's delay: a new default version of a managed policy is in force after a while.

"Changes that I make are not always immediately visible" ("Troubleshoot IAM", IAM User Guide). AWS
does not say how long that takes. In ministack a change is in force at once, and so it is here until
a test sets a delay.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

_EARLIER = "EarlierDefaults"
"""The field of a policy's record with its earlier default versions: the time at which each was
replaced, and its document."""


@dataclass(slots=True)
class _Delay:
    seconds: float = 0


_delay = _Delay()


def set_delay(milliseconds: int) -> None:
    """Set the delay. It also holds for versions that are already written."""
    _delay.seconds = milliseconds / 1000


def apply() -> None:
    """Evaluate the version that was the default before the delay."""
    resolve = iam_evaluator._resolve_managed_policy_document

    def resolve_in_force(arn: str, account: str) -> Any:
        policy = iam._policies.get_scoped(account, None, arn) or {}
        for replaced_at, document in policy.get(_EARLIER, ()):
            if replaced_at > time.time() - _delay.seconds:
                return document
        return resolve(arn, account)

    iam_evaluator._resolve_managed_policy_document = resolve_in_force
    for operation in ("CreatePolicyVersion", "SetDefaultPolicyVersion"):
        iam._IAM_HANDLERS[operation] = _keep_earlier_default(iam._IAM_HANDLERS[operation])


def _keep_earlier_default(change: Callable[[dict[str, Any]], Any]) -> Any:
    def change_and_keep(parameters: dict[str, Any]) -> Any:
        policy = iam._policies.get(iam._p(parameters, "PolicyArn"))
        if policy is None:
            return change(parameters)
        before = policy["DefaultVersionId"]
        document = policy["Versions"][before]["Document"]
        response = change(parameters)
        if policy["DefaultVersionId"] != before:
            policy.setdefault(_EARLIER, []).append((time.time(), document))
        return response

    return change_and_keep
