"""The resource of `ses:SendEmail`: the identity of the sender."""

from __future__ import annotations

import json
from email.utils import parseaddr

from ministack.core import iam_actions

_SEND_EMAIL = "/v2/email/outbound-emails"


def apply() -> None:
    """Check the permission to send an e-mail on the sender's identity ("Actions, resources, and
    condition keys for Amazon Simple Email Service v2", Service Authorization Reference). Without
    the fix, the resource is `*`, which no policy for one account allows."""
    find_resource = iam_actions._ses_v2_resource_arn

    def find_with_sender(method: str, path: str, body: bytes, region: str, account_id: str) -> str:
        if (method, path.rstrip("/")) != ("POST", _SEND_EMAIL):
            return str(find_resource(method, path, body, region, account_id))
        sender = parseaddr(json.loads(body or b"{}").get("FromEmailAddress", ""))[1]
        return f"arn:aws:ses:{region}:{account_id}:identity/{sender}"

    iam_actions._ses_v2_resource_arn = find_with_sender
