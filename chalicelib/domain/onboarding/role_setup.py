"""A lead's choices for a client's role: permissions, limits, and the formats of its files.

Every function loads this module, so it imports none of the code that renders the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from chalicelib.domain.identifiers import EngagementId, PolicyArn, RoleName
from chalicelib.domain.text import constrain_multiline_text
from chalicelib.domain.values import Change, Internal, Item, NotOnTrail, Value, build_constraints


class TemplateFormat(StrEnum):
    """The formats of the files that create a role."""

    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"
    CLI = "cli"
    JSON = "json"


class SetupPart(StrEnum):
    """The part of the role that the files contain."""

    ROLE = "role"
    TRUST_POLICY = "trust-policy"
    """The trust policy alone, which changes when an engagement is renewed."""


class PermissionSet(StrEnum):
    """The permission sets that a lead can choose instead of the client's own policy."""

    VIEW_ONLY_ACCESS = "view-only-access"
    """AWS's ViewOnlyAccess: resources and their settings, no data. The default for a new role."""
    READ_BASICS = "read-basics"
    """EC2 and RDS, every S3 bucket, and every object in them."""
    READ_ONLY_ACCESS = "read-only-access"
    """AWS's ReadOnlyAccess: nearly every service, and the data in many."""
    SECURITY_AUDIT = "security-audit"
    """AWS's SecurityAudit: what a security audit needs."""
    AS_THEY_ARE = "as-they-are"
    """The role exists and keeps its permissions, boundary and longest session; the page asks for
    its trust policy only. The default for a role that was imported or named by its ARN."""


# "CreateRole" (IAM API Reference): MaxSessionDuration, in seconds.
SHORTEST_MAXIMUM = 3_600
LONGEST_MAXIMUM = 43_200

PERMISSIONS_POLICY_MAX = 40_960  # characters of the text as a lead sends it, with white space

PermissionsPolicy = Annotated[
    str,
    constrain_multiline_text(PERMISSIONS_POLICY_MAX),
    Meta(
        description="The client's own permissions policy, as JSON text. It may have 9,740"
        " characters without white space, because the policy that revokes active sessions needs the"
        " rest of IAM's limit."
    ),
]
MaxSessionDuration = Annotated[
    int,
    build_constraints(
        f"a whole number of seconds, from {SHORTEST_MAXIMUM} to {LONGEST_MAXIMUM}",
        ge=SHORTEST_MAXIMUM,
        le=LONGEST_MAXIMUM,
    ),
    Meta(description="The role's MaxSessionDuration in seconds, 3600 by default."),
]
MakesBoundary = Annotated[
    bool,
    Meta(
        description="Whether to create a permissions boundary that forbids changes to IAM and the"
        " organization."
    ),
]


class RoleSetup(Item, frozen=True, kw_only=True):
    """A lead's choices for one role. `max_session_duration` is in seconds.

    `permissions_policy` is the JSON of the client's own permissions policy, already validated. It
    replaces `permissions`. The permissions boundary is a policy of the client's (`boundary_arn`),
    the one that Daypass specifies (`makes_boundary`), or none.
    """

    STORED_AS: ClassVar[str] = "setup"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("engagement", "role")
    TARGET: ClassVar[Mapping[str, str]] = {"engagement": "engagement", "role": "role"}

    engagement: Internal[EngagementId]
    role: Internal[RoleName]
    permissions: PermissionSet = PermissionSet.AS_THEY_ARE
    permissions_policy: NotOnTrail[PermissionsPolicy | None] = None
    max_session_duration: MaxSessionDuration = SHORTEST_MAXIMUM
    boundary_arn: PolicyArn | None = None
    makes_boundary: MakesBoundary = False


class ChangeSetup(Change, frozen=True, kw_only=True):
    """A request to change a lead's choices for one role."""

    permissions: PermissionSet | None = None
    permissions_policy: PermissionsPolicy | None = None
    max_session_duration: MaxSessionDuration | None = None
    boundary_arn: PolicyArn | None = None
    makes_boundary: MakesBoundary | None = None


class File(Value, frozen=True):
    """A document to save under this name, with its purpose and its text."""

    name: str
    purpose: str
    text: str


class Setting(Value, frozen=True):
    """A setting of the role, with the name of its parameter in IAM's CreateRole."""

    name: str
    value: str


class RemovalOption(Value, frozen=True):
    """One way to remove the access: its effect, and commands for sh and the AWS CLI."""

    title: str
    text: str
    commands: str


class ClientSetup(Value, frozen=True, kw_only=True):
    """The files to send to the client, and the options for removing the access."""

    format: TemplateFormat
    permissions_summary: str
    """The permissions in words, for the client's administrator."""
    warnings: tuple[str, ...]
    """Points to review in the client's own permissions policy."""
    files: tuple[File, ...]
    settings: tuple[Setting, ...]
    removal: tuple[RemovalOption, ...]
    """How the client removes the access, the most complete option first."""
