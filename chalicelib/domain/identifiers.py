"""Define the types of identifiers, and create and parse some of them. Patterns are ASCII and match
the whole text. A vend, which some identifiers name, issues temporary credentials to a member."""

from __future__ import annotations

import base64
import re
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.errors import InvalidRequest, Reason
from chalicelib.domain.values import Value, build_constraints

SLUG = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
"""The pattern of an identifier that people choose, such as `acme-prod`."""
MEMBER_ID_MAX = 32


def constrain_identifier(
    description: str, pattern: str, max_length: int, min_length: int = 1
) -> Meta:
    """Return the constraints of an identifier: its whole text matches this ASCII pattern. An error
    about an invalid identifier repeats the description."""
    # In Python `$` alone also matches before a final newline, and in JSON Schema it does not.
    # `(?!\n)` excludes the newline.
    return build_constraints(
        description,
        pattern=f"^{pattern}$(?!\\n)",
        min_length=min_length,
        max_length=max_length,
        description=f"{description[0].upper()}{description[1:]}.",
    )


def constrain_slug(description: str, max_length: int) -> Meta:
    """Return the constraints of an identifier that people choose, such as `acme-prod`. Add the full
    rule to the description, because the error for an invalid identifier repeats it."""
    rule = f"2 to {max_length} characters (a-z, 0-9 and single hyphens), starting with a letter"
    return constrain_identifier(f"{description}: {rule}", SLUG, max_length, 2)


MemberId = Annotated[str, constrain_slug("a member ID", MEMBER_ID_MAX)]
EngagementId = Annotated[str, constrain_slug("an engagement ID", 40)]
RoleName = Annotated[str, constrain_slug("a role name in Daypass", 32)]
TokenId = Annotated[
    str, constrain_identifier("a token ID: 12 hexadecimal digits", "[0-9a-f]{12}", 12, 12)
]
LinkId = Annotated[
    str, constrain_identifier("a link ID: 12 hexadecimal digits", "[0-9a-f]{12}", 12, 12)
]
SecretId = Annotated[
    str,
    constrain_identifier(
        "the ID of a link or a code: 12 hexadecimal digits", "[0-9a-f]{12}", 12, 12
    ),
]
RequestId = Annotated[
    str,
    constrain_identifier(
        "a request ID, such as alice.00d9o4r5k3f81c2q", rf"{SLUG}\.[0-9a-v]{{16}}", 49, 19
    ),
]
SessionId = Annotated[
    str, constrain_identifier("a session ID: 16 hexadecimal digits", "[0-9a-f]{16}", 16, 16)
]
AccountId = Annotated[
    str, constrain_identifier("an AWS account ID: 12 digits", "[0-9]{12}", 12, 12)
]
Arn = Annotated[
    str,
    constrain_identifier(
        "a role's ARN, such as arn:aws:iam::123456789012:role/Name", "[!-~]+", 640, 20
    ),
]
"""Text that may be a role's ARN. `parse_role_arn` checks it."""
PolicyArn = Annotated[
    str, constrain_identifier("the ARN of a permissions boundary", "[!-~]+", 640, 20)
]

# Every external ID that AWS accepts ("AssumeRole", STS API Reference).
EXTERNAL_ID_MAX = 1224
EXTERNAL_ID = rf"[A-Za-z0-9_+=,.@:/-]{{2,{EXTERNAL_ID_MAX}}}"
EXTERNAL_ID_PREFIX = "daypass-"
EXTERNAL_ID_BYTES = 20  # 160 bits: unique and not guessable
ExternalId = Annotated[str, Meta(pattern=f"^{EXTERNAL_ID}$(?!\\n)")]
RECORD_ID_BYTES = 8
SESSION_TAG_KEYS = ("DaypassMember", "DaypassEngagement")
"""The keys of all session tags that Daypass sends. They are case-sensitive in clients' policies."""
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
"""The stored form of a secret: its hash in hexadecimal digits."""

# A role's ARN: partition, account, path and name. A name has at most 64 characters, and a path at
# most 512 ("IAM identifiers", IAM User Guide).
ROLE_ARN = (
    r"arn:(?P<partition>aws(?:-[a-z]+)*):iam::(?P<account>[0-9]{12}):role"
    r"(?P<path>/(?:[!-.0-~]+/)*)(?P<name>[A-Za-z0-9_+=,.@-]{1,64})"
)
_MAX_PATH_LENGTH = 512
_AMBIGUOUS = r"[*?$]|\{\{"
"""Matches text in a role's path that a policy or a template would not read as plain text."""


CUT_OFF_PATH = "/daypass-cut-off/"
"""The IAM path of each brake and each cut-off role. Daypass never vends from a role with this
path."""


def has_cut_off_path(path: str) -> bool:
    """Return whether this IAM path of a role or a policy is that of cut-offs, in any letter
    case. IAM compares names without regard to case, and Daypass does not rely on it for paths."""
    return path.lower().startswith(CUT_OFF_PATH)


class RoleArn(Value, kw_only=False):
    """A parsed role ARN. `text` keeps the original spelling."""

    text: str
    partition: str
    account_id: str

    @property
    def path(self) -> str:
        """Return the role's path in IAM: `/`, or `/some/path/`."""
        return self.text.partition(":role")[2].rpartition("/")[0] + "/"


def parse_role_arn(unverified: str) -> RoleArn:
    """Parse a role's ARN. Raise InvalidRequest for anything else, such as a user, `root` or a
    session.

    AWS allows `*`, `?`, `$` and `{{` in a role's path, but Daypass refuses them. The first three
    could make the ARN in a policy match other roles. CloudFormation reads `{{` in a template as
    code.
    """
    match = re.fullmatch(ROLE_ARN, unverified, re.ASCII)
    path = match["path"] if match else ""
    if match is None or len(path) > _MAX_PATH_LENGTH or re.search(_AMBIGUOUS, path):
        raise InvalidRequest(
            Reason.BAD_VALUE,
            "Enter a role ARN, such as arn:aws:iam::123456789012:role/Name.",
            field="arn",
        )
    return RoleArn(unverified, match["partition"], match["account"])


def build_external_id(random: bytes) -> str:
    """Return a new external ID made of 20 random bytes. Raise ValueError for another number."""
    if len(random) != EXTERNAL_ID_BYTES:
        raise ValueError(f"an external ID needs {EXTERNAL_ID_BYTES} random bytes")
    # Base 32 avoids letters and digits that sound or look alike.
    return EXTERNAL_ID_PREFIX + base64.b32encode(random).decode("ascii").lower()


def build_session_tags(member: str, engagement: str) -> tuple[tuple[str, str], ...]:
    """Return the session tags for a vend: the member and the engagement. They are few and short,
    because STS limits their packed size."""
    member_key, engagement_key = SESSION_TAG_KEYS
    return ((member_key, member), (engagement_key, engagement))


def build_session_name(member: str, vend: str, *, is_agent: bool = False) -> str:
    """Return the RoleSessionName for a vend, from the member's ID and the vend's. An agent's ends
    in `.agent`. It has at most 55 of the 64 characters that STS allows."""
    return f"{member}.{vend}.agent" if is_agent else f"{member}.{vend}"


def list_session_names(member: str, vend: str) -> tuple[str, ...]:
    """Return every RoleSessionName that a vend with this ID can have: a person's, an agent's."""
    return tuple(build_session_name(member, vend, is_agent=is_agent) for is_agent in (False, True))
