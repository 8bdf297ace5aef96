"""In what language a client's role is written down, and what it may do. All forms say one role.

Apart from `domain.setup`, which writes them: this much has to be known to every container that
starts, and the rest only to one that is asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """The languages."""

    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"
    CLI = "cli"
    JSON = "json"


class ReadyMade(StrEnum):
    """The permissions that need no text of the client's own, by the names of their `Choice`."""

    READ_BASICS = "read-basics"
    READ_ONLY_ACCESS = "read-only-access"
    SECURITY_AUDIT = "security-audit"


# "CreateRole" (IAM API Reference): MaxSessionDuration, in seconds.
SHORTEST_MAXIMUM = 3_600
LONGEST_MAXIMUM = 43_200


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSetup:
    """What a role is to be, where it is not as it usually is. `max_session_duration` in seconds.

    `own_policy` is the JSON of the client's own permissions policy, and then counts instead of
    `permissions`. It has been checked. A boundary is named by its ARN, or ours, or there is none.
    """

    engagement: str
    role: str
    permissions: ReadyMade = ReadyMade.READ_BASICS
    own_policy: str | None = None
    max_session_duration: int = SHORTEST_MAXIMUM
    boundary_arn: str | None = None
    makes_boundary: bool = False
    version: int = 1
