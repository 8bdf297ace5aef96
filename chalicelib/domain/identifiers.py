"""Names and numbers: parse them or refuse. Patterns are ASCII and match the whole text."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.reasons import Reason

SLUG = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
MEMBER_ID_MAX = 32
ENGAGEMENT_ID_MAX = 40
ROLE_NAME_MAX = 32
ACCOUNT_ID = r"[0-9]{12}"

# A role's ARN: partition, account, path and name. "Work with IAM identifiers" (IAM User Guide)
# gives path and name; a name has 64 characters at most, a path 512.
ROLE_ARN = (
    r"arn:(?P<partition>aws(?:-[a-z]+)*):iam::(?P<account>[0-9]{12}):role"
    r"(?P<path>/(?:[!-.0-~]+/)*)(?P<name>[A-Za-z0-9_+=,.@-]{1,64})"
)
_role_arn = re.compile(ROLE_ARN, re.ASCII)
_MEANS_MORE = re.compile(r"[*?$]|\{\{")

# "AssumeRole" (STS API Reference): what AWS takes for an external ID, whoever made it.
EXTERNAL_ID = r"[A-Za-z0-9_+=,.@:/-]{2,1224}"
EXTERNAL_ID_PREFIX = "daypass-"
EXTERNAL_ID_BYTES = 20  # 160 bits: no two are ever alike, and none is guessed
RECORD_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class RoleArn:
    """A role's ARN that has been read: `text` is AWS's own spelling of it."""

    text: str
    partition: str
    account_id: str


def role_arn(unverified: str) -> RoleArn:
    """Read a role's ARN. InvalidRequest if it is not one: users, wildcards, `root`, sessions.

    A path may hold `*`, `?` and `$` in AWS; here they are refused, so that an ARN never means more
    than one role, in whatever policy it is written into; and so is `{{`, which is code in a
    CloudFormation template wherever it stands.
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
    return (("DaypassMember", member), ("DaypassEngagement", engagement))


def session_name(member: str, vend: str) -> str:
    """The RoleSessionName of a vend: at most 49 of the 64 characters that STS takes."""
    return f"{member}.{vend}"
