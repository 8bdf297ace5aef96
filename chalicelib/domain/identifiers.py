"""Names and numbers: parse them or refuse. Patterns are ASCII and match the whole text."""

from __future__ import annotations

import base64
import re
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Value, takes

SLUG = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
MEMBER_ID_MAX = 32


def name(what: str, pattern: str, longest: int, shortest: int = 1) -> Meta:
    """An identifier: the whole text fits an ASCII pattern. `what` says what it takes."""
    # A bare `$` lets a line's end pass in Python; with this it means the same there and in JSON
    # Schema.
    return takes(
        what,
        pattern=f"^{pattern}$(?!\\n)",
        min_length=shortest,
        max_length=longest,
        description=f"{what[0].upper()}{what[1:]}.",
    )


def slug(what: str, longest: int) -> Meta:
    """An identifier that people choose. The sentence that refuses one says all that it takes."""
    rule = f"2 to {longest} characters of a-z, 0-9 and single hyphens, a letter first"
    return name(f"{what}: {rule}", SLUG, longest, 2)


MemberId = Annotated[str, slug("a member's id", MEMBER_ID_MAX)]
EngagementId = Annotated[str, slug("an engagement's id", 40)]
RoleName = Annotated[str, slug("a role's name here", 32)]
TokenId = Annotated[str, name("a token's id: 12 hexadecimal digits", "[0-9a-f]{12}", 12, 12)]
LinkId = Annotated[str, name("a link's id: 12 hexadecimal digits", "[0-9a-f]{12}", 12, 12)]
SecretId = Annotated[
    str, name("the id of a link or a code: 12 hexadecimal digits", "[0-9a-f]{12}", 12, 12)
]
AccountId = Annotated[str, name("an AWS account ID: 12 digits", "[0-9]{12}", 12, 12)]
Arn = Annotated[
    str, name("a role's ARN, such as arn:aws:iam::123456789012:role/Name", "[!-~]+", 640, 20)
]
"""What may be one: `role_arn` reads it."""
PolicyArn = Annotated[str, name("the ARN of a permissions boundary", "[!-~]+", 640, 20)]

# "AssumeRole" (STS API Reference): what AWS takes for an external ID, whoever made it.
EXTERNAL_ID = r"[A-Za-z0-9_+=,.@:/-]{2,1224}"
EXTERNAL_ID_PREFIX = "daypass-"
EXTERNAL_ID_BYTES = 20  # 160 bits: no two are ever alike, and none is guessed
ExternalId = Annotated[str, Meta(pattern=f"^{EXTERNAL_ID}$(?!\\n)")]
RECORD_ID_BYTES = 8
SESSION_TAG_KEYS = ("DaypassMember", "DaypassEngagement")
"""Of all session tags that Daypass ever sends. Letter case counts: clients' policies compare it."""
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
"""All that is kept of a secret: in hexadecimal digits."""

# A role's ARN: partition, account, path and name. "Work with IAM identifiers" (IAM User Guide)
# gives path and name; a name has 64 characters at most, a path 512.
ROLE_ARN = (
    r"arn:(?P<partition>aws(?:-[a-z]+)*):iam::(?P<account>[0-9]{12}):role"
    r"(?P<path>/(?:[!-.0-~]+/)*)(?P<name>[A-Za-z0-9_+=,.@-]{1,64})"
)
_role_arn = re.compile(ROLE_ARN, re.ASCII)
_MEANS_MORE = re.compile(r"[*?$]|\{\{")


class RoleArn(Value, frozen=True):
    """A role's ARN that has been read: `text` is AWS's own spelling of it."""

    text: str
    partition: str
    account_id: str


def role_arn(unverified: str) -> RoleArn:
    """Read a role's ARN. InvalidRequest if it is not one: users, wildcards, `root`, sessions.

    A path may hold `*`, `?` and `$` in AWS; here they are refused, since an ARN in a policy must
    not mean more than one role. So is `{{`, which is code in a CloudFormation template.
    """
    match = _role_arn.fullmatch(unverified)
    if match is None or len(match["path"]) > 512 or _MEANS_MORE.search(match["path"]):
        raise InvalidRequest(
            Reason.BAD_VALUE,
            "This is not a role's ARN. It looks like arn:aws:iam::123456789012:role/Name.",
            field="arn",
        )
    return RoleArn(unverified, match["partition"], match["account"])


def external_id(random: bytes) -> str:
    """The external ID made of 20 random bytes; AWS's pattern for it is `[\\w+=,.@:\\/-]*`."""
    if len(random) != EXTERNAL_ID_BYTES:
        raise ValueError("an external ID is made of 20 random bytes")
    # Letters and digits that are not mistaken for one another when read out on the telephone.
    return EXTERNAL_ID_PREFIX + base64.b32encode(random).decode("ascii").lower()


def session_tags(member: str, engagement: str) -> tuple[tuple[str, str], ...]:
    """The session tags of a vend. Few and short, since STS leaves little room for all of them."""
    member_key, engagement_key = SESSION_TAG_KEYS
    return ((member_key, member), (engagement_key, engagement))


def session_name(member: str, vend: str) -> str:
    """The RoleSessionName of a vend: at most 49 of the 64 characters that STS takes."""
    return f"{member}.{vend}"
