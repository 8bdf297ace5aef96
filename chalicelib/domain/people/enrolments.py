"""Enrolment: the one-time code that a lead sends to a member, who gets a token for it that no lead
ever sees. It is written as a token is, with a prefix of its own."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta, field

from chalicelib.domain.identifiers import SLUG, MemberId, identifier
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
code_text, presented_code = CODE.text, CODE.read

_MAX = len(ENROLMENT_PREFIX) + 1 + AFTER_PREFIX_MAX
EnrolmentCode = Annotated[
    Secret[str],
    identifier(
        "an enrolment code, all of it", f"{ENROLMENT_PREFIX}_{AFTER_PREFIX}", _MAX, _MAX - 30
    ),
]
Maker = Annotated[
    str, identifier("who made it: a member's id, or the operator", f"(?:{OPERATOR}|{SLUG})", 32, 2)
]


class Enrolment(OneTimeSecret, frozen=True, kw_only=True):
    """A member's enrolment code as it is kept: its SHA-256, never its text.

    The next one takes its place.
    """

    STORED_AS: ClassVar[str] = "enrolment"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("member",)
    TARGET: ClassVar[Mapping[str, str]] = {"subject": "member", "enrolment": "id"}

    member: MemberId
    made_by: NotOnTrail[Maker]
    made_with: Internal[str] = ""
    """The id of the token that its maker came with: with that, it is dead."""
    created_at: NotOnTrail[Moment] = field(name="made_at")


class CodeProblem(StrEnum):
    """Why a code that Daypass knows is not taken. It stands on the trail, and in no answer."""

    USED = SecretProblem.USED
    REVOKED = SecretProblem.REVOKED
    EXPIRED = SecretProblem.EXPIRED
    MEMBER_SUSPENDED = "member-suspended"
    MEMBER_REVOKED = "member-revoked-since"
    MAKER_REVOKED = "maker-revoked"
    """Whoever made it is no active lead, or was not for all the time since."""


CodeEnd = Annotated[
    Moment,
    Meta(description="24 hours from now unless given; 10 minutes at least, 7 days at most."),
]
TokenEnd = Annotated[
    Moment, Meta(description="Until when the token is good: 90 days unless given, 366 at most.")
]
IdentityEnd = Annotated[
    Moment, Meta(description="Until when you come in by it: 90 days unless given, 366 at most.")
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
        IdentityTokenText, Meta(description="What your identity provider gave you for Daypass.")
    ]
    label: TokenLabel
    expires_at: IdentityEnd | None = None


def is_for(enrolment: Enrolment, presented: PresentedToken) -> bool:
    """Whether this is the code that was presented."""
    return enrolment.member == presented.member and hmac.compare_digest(
        enrolment.hash, presented.hash
    )


def code_problem(
    enrolment: Enrolment,
    member: Member,
    maker: Member | None,
    made_with: Token | None,
    now: datetime,
) -> CodeProblem | None:
    """Why the member's code is not taken now; None if it is. The operator's needs no `maker`, and
    no token that it was `made_with`."""
    problem = enrolment.problem(now)
    if problem is not None:
        return CodeProblem(problem)
    if member.suspended_at is not None:
        return CodeProblem.MEMBER_SUSPENDED
    if enrolment.created_at < member.tokens_from:
        return CodeProblem.MEMBER_REVOKED
    if enrolment.made_by == OPERATOR:
        return None
    if maker is None or not maker.has_led_since(enrolment.created_at):
        return CodeProblem.MAKER_REVOKED
    if made_with is None or made_with.revoked_at is not None:
        return CodeProblem.MAKER_REVOKED
    return None
