"""The permission with which Daypass can look up what its sessions did, in a client's CloudTrail."""

from __future__ import annotations

import json

from chalicelib.domain.policies.documents import document, pretty

_LOOK_UP = document(
    {
        "Sid": "DaypassLookUp",
        "Effect": "Allow",
        "Action": "cloudtrail:LookupEvents",
        "Resource": "*",
    }
)
LOOK_UP_POLICY = json.dumps(_LOOK_UP, separators=(",", ":"))
"""The session policy of a look-up: the session can do nothing else."""
LOOK_UP_TEXT = pretty(_LOOK_UP)
"""The policy that a client can attach to a role."""
