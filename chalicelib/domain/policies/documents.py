"""IAM policy documents: values, text, and IAM's size limits."""

from __future__ import annotations

import json
from typing import Any

VERSION = "2012-10-17"

# "IAM and AWS STS quotas" (IAM User Guide): the default limits of a trust policy, of all inline
# policies of a role, and of a managed policy. IAM does not count white space.
TRUST_POLICY_MAX = 2_048
INLINE_POLICIES_MAX = 10_240
MANAGED_POLICY_MAX = 6_144

ROOM_FOR_A_CUT_OFF = 500
"""Characters of a role's inline policies that a client's own policy must leave free: revoking the
role's active sessions adds one more inline policy."""

Document = dict[str, Any]


def document(*statements: Document) -> Document:
    return {"Version": VERSION, "Statement": list(statements)}


def pretty(value: Document) -> str:
    return json.dumps(value, indent=2)


def size(value: Document) -> int:
    """Return at least the number of characters that IAM counts: spaces inside values count here."""
    return len(json.dumps(value, separators=(",", ":")))
