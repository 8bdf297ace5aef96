"""In what language a client's role is written down, and what it may do. Loaded everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta, field

from chalicelib.domain.identifiers import EngagementId, PolicyArn, RoleName
from chalicelib.domain.text import text
from chalicelib.domain.values import Change, Internal, Item, NotOnTrail, Value, accepts


class TemplateFormat(StrEnum):
    """The languages."""

    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"
    CLI = "cli"
    JSON = "json"


class SetupPart(StrEnum):
    """The part of the role that the files contain."""

    ROLE = "role"
    TRUST_POLICY = "trust-policy"
    """Its trust policy alone, which changes when an engagement is renewed."""


class PermissionSet(StrEnum):
    """The permissions that a lead can choose, in place of a policy of the client's own."""

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

OWN_POLICY_MAX = 40_960  # characters as pasted, white space and all

OwnPolicy = Annotated[
    str,
    text(OWN_POLICY_MAX),
    Meta(
        description="The client's own permissions policy, as JSON text. It may have 9,740"
        " characters without white space, so that a policy that cuts off sessions still fits."
    ),
]
MaxSessionDuration = Annotated[
    int,
    accepts(
        f"a whole number of seconds, from {SHORTEST_MAXIMUM} to {LONGEST_MAXIMUM}",
        ge=SHORTEST_MAXIMUM,
        le=LONGEST_MAXIMUM,
    ),
    Meta(description="The role's longest session, in seconds; 3600 unless chosen."),
]
MakesBoundary = Annotated[
    bool,
    Meta(
        description="Whether to make a boundary that forbids changes to IAM and the organization."
    ),
]


class RoleSetup(Item, frozen=True, kw_only=True):
    """What a client is asked for. `max_session_duration` in seconds.

    `own_policy` is the JSON of the client's own permissions policy, and then counts instead of
    `permissions`. It has been checked. A boundary is named by its ARN, or ours, or there is none.
    Of a role that nobody has chosen anything for, Daypass knows no more than its ARN.
    """

    STORED_AS: ClassVar[str] = "setup"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("engagement", "role")
    TARGET: ClassVar[Mapping[str, str]] = {"engagement": "engagement", "role": "role"}

    engagement: Internal[EngagementId]
    role: Internal[RoleName]
    permissions: PermissionSet = PermissionSet.AS_THEY_ARE
    own_policy: NotOnTrail[OwnPolicy | None] = field(name="permissions_policy", default=None)
    max_session_duration: MaxSessionDuration = SHORTEST_MAXIMUM
    boundary_arn: PolicyArn | None = None
    makes_boundary: MakesBoundary = False


class ChangeSetup(Change, frozen=True, kw_only=True):
    permissions: PermissionSet | None = None
    own_policy: OwnPolicy | None = field(name="permissions_policy", default=None)
    max_session_duration: MaxSessionDuration | None = None
    boundary_arn: PolicyArn | None = None
    makes_boundary: MakesBoundary | None = None


class File(Value, frozen=True):
    """A document to be saved under this name: what it is for, and its text."""

    name: str
    purpose: str
    text: str


class Setting(Value, frozen=True):
    """A setting of the role, by its name in "CreateRole" (IAM API Reference)."""

    name: str
    value: str


class RemovalOption(Value, frozen=True):
    """One way: its title, what it ends and what it leaves, and commands for sh and the AWS CLI."""

    title: str
    sentence: str
    commands: str


class ClientSetup(Value, frozen=True, kw_only=True):
    """Files to send to the client, and how the client undoes it all."""

    form: TemplateFormat
    sentence: str = field(name="says")
    warnings: tuple[str, ...]
    """What in the client's own permissions policy is worth a second thought."""
    files: tuple[File, ...]
    settings: tuple[Setting, ...]
    ways_out: tuple[RemovalOption, ...]
