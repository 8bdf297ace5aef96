"""Access to clients' accounts: as members get it, are refused it, or wait for its approval."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError

from local.endpoint import Endpoint
from local.sample_accounts import FIRM
from local.sample_data import Api


def session_client(aws: Endpoint, session: dict[str, Any], service: str) -> Any:
    """Return a client with the credentials of a session that Daypass handed over."""
    keys = session["credentials"]
    return aws.client(
        service,
        access_key_id=keys["AccessKeyId"],
        secret_access_key=keys["SecretAccessKey"],
        session_token=keys["SessionToken"],
    )


def reason_for_refusal(api: Api, engagement: str, role: str = "readonly", **fields: Any) -> str:
    """Return the reason for which the member gets no session; empty if they get one."""
    try:
        api("POST", f"/v1/engagements/{engagement}/sessions", role=role, **fields)
    except HTTPError as error:
        return str(json.load(error)["reason"])
    return ""


def age_right(aws: Endpoint, kind: str, engagement: str, name: str, moment: str) -> None:
    """Change the moment at which someone got a right to approve to more than a day ago: what is new
    does not approve, and no test can wait."""
    holder, _, attribute = moment.rpartition(".")
    earlier = datetime.now(UTC) - timedelta(hours=25)
    aws.as_root(FIRM, "dynamodb").update_item(
        TableName="daypass-state",
        Key={"pk": {"S": f"{kind}#{engagement}"}, "sk": {"S": f"{kind}#{name}"}},
        UpdateExpression=f"SET {holder}.#at = :earlier",
        ExpressionAttributeNames={"#at": attribute},
        ExpressionAttributeValues={":earlier": {"S": f"{earlier:%Y-%m-%dT%H:00:00Z}"}},
        ConditionExpression="attribute_exists(pk)",
    )
