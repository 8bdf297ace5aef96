"""Let the right of an approver be a day old: what is new does not approve, and no test can wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

TABLE = "daypass-state"


def age_approver(dynamodb: Any, engagement: str, approver: str) -> None:
    """Change when a lead named the client's approver to more than a day ago."""
    key = (f"CLIENTAPPROVER#{engagement}", f"CLIENTAPPROVER#{approver}")
    _set(dynamodb, key, "SET body.named_at = :earlier")


def age_naming(dynamodb: Any, engagement: str, role: str) -> None:
    """Change when a lead named the only member in the role's policy to more than a day ago."""
    key = (f"APPROVALPOLICY#{engagement}", f"APPROVALPOLICY#{role}")
    _set(dynamodb, key, "SET body.namings[0].#at = :earlier", {"#at": "at"})


def _set(
    dynamodb: Any, key: tuple[str, str], expression: str, names: dict[str, str] | None = None
) -> None:
    earlier = (datetime.now(UTC) - timedelta(hours=25)).strftime("%Y-%m-%dT%H:00:00Z")
    dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": key[0]}, "sk": {"S": key[1]}},
        UpdateExpression=expression,
        ExpressionAttributeValues={":earlier": {"S": earlier}},
        ConditionExpression="attribute_exists(pk)",
        **({"ExpressionAttributeNames": names} if names else {}),
    )
