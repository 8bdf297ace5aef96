"""IAM documents as values and as text, and how large IAM takes them to be."""

from __future__ import annotations

import json
from typing import Any

VERSION = "2012-10-17"

# "IAM and AWS STS quotas" (IAM User Guide): the default for a trust policy, the sum of a role's
# inline policies, and a managed policy. White space is not counted in any of them.
TRUST_POLICY_MAX = 2_048
INLINE_POLICIES_MAX = 10_240
MANAGED_POLICY_MAX = 6_144

ROOM_FOR_A_CUT_OFF = 500
"""Characters of a role's inline policies that a client's own policy leaves free. A cut-off of the
role's sessions is one more inline policy, and has to fit on the day when it is needed."""

Document = dict[str, Any]


def document(*statements: Document) -> Document:
    return {"Version": VERSION, "Statement": list(statements)}


def pretty(value: Document) -> str:
    return json.dumps(value, indent=2)


def size(value: Document) -> int:
    """Characters as IAM counts them, and rather more than less: spaces inside values count here."""
    return len(json.dumps(value, separators=(",", ":")))
