"""Define enrolment codes. A lead sends a member a one-time code, and the member exchanges the code
for a token that no lead sees. A code has a token's format with its own prefix.

`daypass login` can also get a code of the member's own from their browser, after a sign-in at the
identity provider. Such a code is bound to the command that asked for it: the exchange needs the
verifier of the code's challenge (PKCE, RFC 7636), which only that command knows.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import field

from chalicelib.domain.identifiers import SLUG, MemberId, constrain_identifier
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import OneTimeSecret, SecretProblem
from chalicelib.domain.people.identities import IdentityTokenText, challenge_of
from chalicelib.domain.people.members import Member, find_token_problem
from chalicelib.domain.people.tokens import (
    AFTER_PREFIX,
    AFTER_PREFIX_MAX,
    MemberSecret,
    PresentedToken,
    Token,
)
from chalicelib.domain.text import ENROLMENT_PREFIX, TokenLabel
from chalicelib.domain.trail import OPERATOR
from chalicelib.domain.values import Internal, NotOnTrail, Request, Secret, SeenVersion

CODE = MemberSecret(ENROLMENT_PREFIX)
build_code_text, parse_code = CODE.build_text, CODE.parse

_MAX = len(ENROLMENT_PREFIX) + 1 + AFTER_PREFIX_MAX
_MIN = _MAX - 30  # the member's ID in the code has 2 to 32 characters
EnrolmentCode = Annotated[
    Secret[str],
    constrain_identifier(
        "a complete enrolment code", f"{ENROLMENT_PREFIX}_{AFTER_PREFIX}", _MAX, _MIN
    ),
]
Maker = Annotated[
    str,
    constrain_identifier(
        "the code's maker: a member's ID, or @operator", f"(?:{OPERATOR}|{SLUG})", 32, 2
    ),
]

Challenge = Annotated[
    str, constrain_identifier("the challenge of the command", "[A-Za-z0-9_-]{43}", 43, 43)
]
Verifier = Annotated[
    Secret[str], constrain_identifier("the command's own verifier", "[A-Za-z0-9_-]{43}", 43, 43)
]
LOGIN_LIFE = timedelta(hours=12)
"""How long a token lives at most that comes from a sign-in in the browser."""


class CommandLogin(Request):
    """A command that waits on this machine for a code from the browser."""

    challenge: Challenge
    port: Annotated[
        str, constrain_identifier("the port of the waiting command", "[1-9][0-9]{3,4}", 5, 4)
    ]
    """The port of 127.0.0.1 at which the command waits."""


class Enrolment(OneTimeSecret):
    """A member's last enrolment code as Daypass stores it: the SHA-256 of the code's text, and
    never the text."""

    STORED_AS = "enrolment"
    KEY_FIELDS = ("member",)
    TARGET = {"subject": "member", "enrolment": "id"}

    member: MemberId
    made_by: NotOnTrail[Maker]
    made_with: Internal[str] = ""
    """The ID of the token with which the maker created the code. Revoking that token invalidates
    the code."""
    created_at: NotOnTrail[Moment] = field(name="made_at")
    challenge: Internal[str] = ""
    """For a code from the member's own browser: the challenge of the command that asked for it.
    Empty for a code from a lead or the operator."""

    def is_for(self, verifier: str | None) -> bool:
        """Return whether the command with this verifier may exchange the code. A code from a lead
        needs no verifier. With one it is refused: a command that waits for a code of its own must
        not log in as another member."""
        challenge = challenge_of(verifier) if verifier is not None else ""
        return hmac.compare_digest(challenge, self.challenge)


class CodeProblem(StrEnum):
    """Why a known code is not valid. The trail records it; no response shows it."""

    USED = SecretProblem.USED
    REVOKED = SecretProblem.REVOKED
    EXPIRED = SecretProblem.EXPIRED
    MEMBER_SUSPENDED = "member-suspended"
    MEMBER_REVOKED = "member-revoked-since"
    MAKER_REVOKED = "maker-revoked"
    """The code's maker is not an active lead, or has not been one without interruption since, or
    the token with which they made the code was revoked."""
    OTHER_COMMAND = "other-command"

    @property
    def text(self) -> str:
        return _PROBLEM_TEXTS.get(self, self.value)


_PROBLEM_TEXTS = {
    CodeProblem.MEMBER_SUSPENDED: "not valid: its member is suspended",
    CodeProblem.MEMBER_REVOKED: "not valid: its member was suspended after it was created",
    CodeProblem.MAKER_REVOKED: "not valid: its maker is no longer an active lead",
    CodeProblem.OTHER_COMMAND: "not valid: a different command requested it",
}


class CreateEnrolment(Request):
    version: SeenVersion | None = None
    expires_at: Moment | None = None
    """When the code expires: in 10 minutes to 7 days, by default in 24 hours."""


class Enrol(Request):
    code: EnrolmentCode
    label: TokenLabel
    expires_at: Moment | None = None
    """When the token expires: by default in 90 days, at most in 366 days. A token from a sign-in in
    the browser expires after 12 hours at the latest."""
    verifier: Verifier | None = None
    """For a code from a sign-in in the browser: the verifier of the challenge (PKCE, RFC 7636) that
    the sign-in's page was opened with."""


class EnrolIdentity(Request):
    code: EnrolmentCode
    identity_token: IdentityTokenText
    """The token that your identity provider issued for Daypass."""
    label: TokenLabel
    expires_at: Moment | None = None
    """When you can no longer sign in with this identity: by default in 90 days, at most in 366
    days."""


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
    """Return why the member's code is not valid now, or None if it is valid.

    `maker` is the member who created the code, and `made_with` the token that the maker used. None
    means that the member or the token does not exist. A code from the operator needs neither. A
    code with a `challenge` was made in the member's own browser. It needs the identity with which
    the member signed in there.
    """
    problem = find_problem_without_maker(enrolment, member, now)
    if problem is not None:
        return problem
    if enrolment.made_by == OPERATOR:
        return None
    if enrolment.challenge:
        # The new token ends with this identity, so the identity must still work.
        sign_in_works = made_with is not None and find_token_problem(made_with, member, now) is None
        is_own = enrolment.made_by == member.id
        return None if sign_in_works and is_own else CodeProblem.MAKER_REVOKED
    maker_still_leads = maker is not None and maker.has_led_continuously_since(enrolment.created_at)
    # A revoked token may have been stolen. One that expired since says nothing against the code.
    has_token = made_with is not None and made_with.revoked_at is None
    return None if maker_still_leads and has_token else CodeProblem.MAKER_REVOKED


def find_problem_without_maker(
    enrolment: Enrolment, member: Member, now: datetime
) -> CodeProblem | None:
    """Return why the code is not valid now, judged by the code and its member alone, or None.

    Unlike `find_code_problem`, do not check who created the code and with which token. The callers
    show or revoke a code, and do not read these items.
    """
    problem = enrolment.find_problem(now)
    if problem is not None:
        return CodeProblem(problem)
    if member.suspended_at is not None:
        return CodeProblem.MEMBER_SUSPENDED
    if enrolment.created_at < member.tokens_from:
        return CodeProblem.MEMBER_REVOKED
    return None
