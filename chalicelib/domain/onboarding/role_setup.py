"""A lead's choices for a client's role: permissions, limits, and the formats of its files.

Every function loads this module, so it imports none of the code that renders the files.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.identifiers import EngagementId, PolicyArn, RoleName
from chalicelib.domain.text import constrain_multiline_text
from chalicelib.domain.values import Change, Internal, Item, NotOnTrail, Value, build_constraints


class TemplateFormat(StrEnum):
    """The formats of the files that create a role."""

    CLOUDFORMATION = "cloudformation"
    """A CloudFormation template."""
    TERRAFORM = "terraform"
    """A Terraform configuration."""
    CLI = "cli"
    """A script for sh with AWS CLI commands."""
    JSON = "json"
    """The policies as JSON documents."""


class SetupPart(StrEnum):
    """The part of the role that the files create or replace."""

    ROLE = "role"
    """The whole role."""
    TRUST_POLICY = "trust-policy"
    """Only the trust policy, which changes when an engagement is renewed."""
    CUT_OFF = "cut-off"
    """Only the cut-off, with which Daypass ends live sessions. The AWS CLI script also switches to
    another method, or removes an earlier cut-off. The formats `cli` and `json` have this part."""


class PermissionSet(StrEnum):
    """The permissions that a lead can choose for a role instead of the client's own policy."""

    VIEW_ONLY_ACCESS = "view-only-access"
    """AWS's ViewOnlyAccess: resources and their settings, no data. The default for a new role."""
    READ_BASICS = "read-basics"
    """EC2 and RDS, every S3 bucket, and every object in these buckets."""
    READ_ONLY_ACCESS = "read-only-access"
    """AWS's ReadOnlyAccess: nearly every service, and the data in many of them."""
    SECURITY_AUDIT = "security-audit"
    """AWS's SecurityAudit: what a security audit needs."""
    AS_THEY_ARE = "as-they-are"
    """The role exists and keeps its permissions, permissions boundary and longest session. The
    client's page requests only its trust policy. The default for a role that was imported or named
    by its ARN."""


# "CreateRole" (IAM API Reference): MaxSessionDuration, in seconds.
SHORTEST_MAXIMUM = 3_600
LONGEST_MAXIMUM = 43_200

PERMISSIONS_POLICY_MAX = 40_960  # characters of the text as a lead sends it, with white space

PermissionsPolicy = Annotated[
    str,
    constrain_multiline_text(PERMISSIONS_POLICY_MAX),
    Meta(
        description="The client's own permissions policy, as JSON text. It replaces `permissions`."
        " The policy may have 9,740 characters without white space. The rest of IAM's limit is for"
        " a policy that revokes active sessions."
    ),
]
MaxSessionDuration = Annotated[
    int,
    build_constraints(
        f"a whole number of seconds, from {SHORTEST_MAXIMUM} to {LONGEST_MAXIMUM}",
        ge=SHORTEST_MAXIMUM,
        le=LONGEST_MAXIMUM,
    ),
    Meta(
        description="The IAM role's MaxSessionDuration, in seconds. 3600 unless a lead chooses"
        " another value."
    ),
]
MakesBoundary = Annotated[
    bool,
    Meta(
        description="True if the files create a permissions boundary that forbids changes to IAM"
        " and the organization."
    ),
]


class RoleSetup(Item):
    """A lead's choices for one role.

    `permissions_policy` is the JSON of the client's own permissions policy, already validated. It
    replaces `permissions`. The permissions boundary is a policy of the client's (`boundary_arn`),
    the one that Daypass specifies (`makes_boundary`), or none.
    """

    STORED_AS = "setup"
    KEY_FIELDS = ("engagement", "role")
    TARGET = {"engagement": "engagement", "role": "role"}

    engagement: Internal[EngagementId]
    role: Internal[RoleName]
    permissions: PermissionSet = PermissionSet.AS_THEY_ARE
    """The permissions to request, unless `permissions_policy` replaces them."""
    permissions_policy: NotOnTrail[PermissionsPolicy | None] = None
    """The client's own permissions policy, as JSON text. None if the role has the permissions of
    `permissions`."""
    max_session_duration: MaxSessionDuration = SHORTEST_MAXIMUM
    boundary_arn: PolicyArn | None = None
    """The ARN of the client's own permissions boundary. None if the role has no such boundary."""
    makes_boundary: MakesBoundary = False

    @property
    def has_boundary(self) -> bool:
        """Return whether the role has a permissions boundary that is not a brake."""
        return self.makes_boundary or self.boundary_arn is not None


class ChangeSetup(Change):
    """A request to change a lead's choices for one role."""

    permissions: PermissionSet | None = None
    """The permissions to request. They replace an earlier `permissions_policy`."""
    permissions_policy: PermissionsPolicy | None = None
    max_session_duration: MaxSessionDuration | None = None
    boundary_arn: PolicyArn | None = None
    """It replaces an earlier `makes_boundary`."""
    makes_boundary: MakesBoundary | None = None


class File(Value, kw_only=False):
    """A document for the client to save as a file."""

    name: str
    """The file's name."""
    purpose: str
    """How to use the file."""
    text: str
    """The file's content."""


class Setting(Value, kw_only=False):
    """A setting of the role."""

    name: str
    """The name of the parameter in IAM's CreateRole."""
    value: str
    """The parameter's value."""


class RemovalOption(Value, kw_only=False):
    """One way in which the client removes Daypass's access."""

    title: str
    text: str
    """The effect, in sentences."""
    commands: str
    """Commands for sh and the AWS CLI."""


class ClientSetup(Value):
    """The files to send to the client, and the options for removing Daypass's access."""

    format: TemplateFormat
    permissions_summary: str
    """The permissions in words, for the client's administrator."""
    warnings: tuple[str, ...]
    """Points to review in the client's own permissions policy. Empty if there are none."""
    files: tuple[File, ...]
    """The files. Empty if the format cannot change a role that exists."""
    settings: tuple[Setting, ...]
    """The role's settings that are not in the JSON documents. Empty unless the format is `json`,
    and for the trust policy alone."""
    removal: tuple[RemovalOption, ...]
    """The options for removing Daypass's access, the most complete option first."""
