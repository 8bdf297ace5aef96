"""`ses:FromAddress`: the sender of a mail through Amazon SES, and the identity that IAM authorizes.

"Actions, resources, and condition keys for Amazon Simple Email Service v2" (Service Authorization
Reference). ministack authorizes each mail on `*`, without the key.
"""

from __future__ import annotations

import json
from email.utils import parseaddr
from typing import Any

from ministack.core import iam_actions, iam_evaluator

_KEY = "ses:fromaddress"
_SEND = "/v2/email/outbound-emails"


class SenderArn(str):
    """The ARN of the identity that sends a mail, with the sender's address."""

    address: str = ""


def apply() -> None:
    """Provide the identity and the key to every policy evaluation of a mail."""
    find_resource = iam_actions._ses_v2_resource_arn
    resolve_key = iam_evaluator._resolve_condition_key

    def find_sender(method: str, path: str, body: bytes, region: str, account: str) -> str:
        if (method, path.rstrip("/")) != ("POST", _SEND):
            return str(find_resource(method, path, body, region, account))
        address = _read_sender(body)
        arn = SenderArn(f"arn:aws:ses:{region}:{account}:identity/{address or 'none'}")
        arn.address = address
        return arn

    def resolve_with_sender(key: str, context: Any) -> Any:
        if key.lower() == _KEY:
            return getattr(context.resource_arn, "address", "") or None
        return resolve_key(key, context)

    iam_actions._ses_v2_resource_arn = find_sender
    iam_evaluator._resolve_condition_key = resolve_with_sender


def _read_sender(body: bytes) -> str:
    """Return the address of the sender, without their name; empty if the request has none."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return ""  # ministack refuses it
    sender = request.get("FromEmailAddress") if isinstance(request, dict) else None
    return parseaddr(sender)[1] if isinstance(sender, str) else ""
