"""Define enrolment codes: one-time codes that a lead sends to a member, who exchanges the code for
a token that no lead sees. A code has a token's format with its own prefix."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta, field

from chalicelib.domain.identifiers import SLUG, MemberId, constrain_identifier
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import OneTimeSecret, SecretProblem
from chalicelib.domain.people.identities import IdentityTokenText
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import (
    AFTER_PREFIX,
    AFTER_PREFIX_MAX,
    MemberSecret,
    PresentedToken,
    Token,
)
from chalicelib.domain.text import ENROLMENT_PREFIX, TokenLabel
from chalicelib.domain.trail import OPERATOR
from chalicelib.domain.values import Internal, NotOnTrail, Request, Secret

CODE = MemberSecret(ENROLMENT_PREFIX)
build_code_text, parse_code = CODE.build_text, CODE.parse

_MAX = len(ENROLMENT_PREFIX) + 1 + AFTER_PREFIX_MAX
EnrolmentCode = Annotated[
    Secret[str],
    constrain_identifier(
        "a complete enrolment code", f"{ENROLMENT_PREFIX}_{AFTER_PREFIX}", _MAX, _MAX - 30
    ),
]
Maker = Annotated[
    str,
    constrain_identifier(
        "the maker: a member's ID, or the operator", f"(?:{OPERATOR}|{SLUG})", 32, 2
    ),
]


class Enrolment(OneTimeSecret, frozen=True, kw_only=True):
    """A member's enrolment code as stored: its SHA-256, never its text. A new code replaces it."""

    STORED_AS: ClassVar[str] = "enrolment"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("member",)
    TARGET: ClassVar[Mapping[str, str]] = {"subject": "member", "enrolment": "id"}

    member: MemberId
    made_by: NotOnTrail[Maker]
    made_with: Internal[str] = ""
    """The ID of the token with which its maker created it. Revoking that token invalidates the
    code."""
    created_at: NotOnTrail[Moment] = field(name="made_at")


class CodeProblem(StrEnum):
    """Why a known code is not valid. The trail records it; no response shows it."""

    USED = SecretProblem.USED
    REVOKED = SecretProblem.REVOKED
    EXPIRED = SecretProblem.EXPIRED
    MEMBER_SUSPENDED = "member-suspended"
    MEMBER_REVOKED = "member-revoked-since"
    MAKER_REVOKED = "maker-revoked"
    """The code's maker is not an active lead, or has not been one without interruption since."""


CodeEnd = Annotated[
    Moment,
    Meta(description="The code's end: 24 hours from now by default, 10 minutes to 7 days."),
]
TokenEnd = Annotated[
    Moment, Meta(description="The token's end: 90 days from now by default, 366 days at most.")
]
IdentityEnd = Annotated[
    Moment,
    Meta(description="The end of this sign-in: 90 days from now by default, 366 days at most."),
]


class CreateEnrolment(Request, frozen=True, kw_only=True):
    expires_at: CodeEnd | None = None


class Enrol(Request, frozen=True, kw_only=True):
    code: EnrolmentCode
    label: TokenLabel
    expires_at: TokenEnd | None = None


class EnrolIdentity(Request, frozen=True, kw_only=True):
    code: EnrolmentCode
    identity_token: Annotated[
        IdentityTokenText,
        Meta(description="The token that your identity provider issued for Daypass."),
    ]
    label: TokenLabel
    expires_at: IdentityEnd | None = None


def is_presented_code(enrolment: Enrolment, presented: PresentedToken) -> bool:
    """Return whether this is the presented code."""
    return enrolment.member == presented.member and hmac.compare_digest(
        enrolment.hash, presented.hash
    )


def find_code_problem(
    enrolment: Enrolment,
    member: Member,
    maker: Member | None,
    made_with: Token | None,
    now: datetime,
) -> CodeProblem | None:
    """Return why the member's code is not valid now, or None if it is. A code from the operator
    needs neither `maker` nor `made_with`."""
    problem = enrolment.find_problem(now)
    if problem is not None:
        return CodeProblem(problem)
    if member.suspended_at is not None:
        return CodeProblem.MEMBER_SUSPENDED
    if enrolment.created_at < member.tokens_from:
        return CodeProblem.MEMBER_REVOKED
    if enrolment.made_by == OPERATOR:
        return None
    if maker is None or not maker.has_led_continuously_since(enrolment.created_at):
        return CodeProblem.MAKER_REVOKED
    if made_with is None or made_with.revoked_at is not None:
        return CodeProblem.MAKER_REVOKED
    return None
