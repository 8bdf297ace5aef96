"""In what language a client's role is written down, and what it may do. All forms say one role.

Apart from `domain.setup`, which writes them: this much has to be known to every container that
starts, and the rest only to one that is asked for it.
"""

from __future__ import annotations

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
