"""A DynamoDB table's own policy: it counts in every request for the table and its indexes.

"Using resource-based policies for DynamoDB" (Amazon DynamoDB Developer Guide). ministack keeps such
a policy, and never reads it.
"""

from __future__ import annotations

from ministack.core import iam_evaluator
from ministack.services import dynamodb


def apply() -> None:
    """Judge by it as by any other resource's policy."""
    dynamodb.table_policy_for_arn = _policy_and_owner
    iam_evaluator._RESOURCE_POLICY_LOOKUPS["dynamodb"] = ("dynamodb", "table_policy_for_arn")


def _policy_and_owner(resource_arn: str) -> tuple[str, str] | None:
    table_arn = str(resource_arn).partition("/index/")[0]
    kept = dynamodb._resource_policies.get(table_arn)
    return (kept["Policy"], table_arn.split(":")[4]) if kept else None
