"""The resource policy of a DynamoDB table, which applies to the table and its indexes.

"Using resource-based policies for DynamoDB" (Amazon DynamoDB Developer Guide). ministack stores
such a policy, but does not evaluate it.
"""

from __future__ import annotations

from ministack.core import iam_evaluator
from ministack.services import dynamodb


def apply() -> None:
    """Evaluate tables' policies like other resource policies."""
    dynamodb.table_policy_for_arn = _policy_and_owner
    iam_evaluator._RESOURCE_POLICY_LOOKUPS["dynamodb"] = ("dynamodb", "table_policy_for_arn")


def _policy_and_owner(resource_arn: str) -> tuple[str, str] | None:
    table_arn = str(resource_arn).partition("/index/")[0]
    stored = dynamodb._resource_policies.get(table_arn)
    return (stored["Policy"], table_arn.split(":")[4]) if stored else None
