"""What each check and each cause means, in words: for leads, and for the client's admin."""

from __future__ import annotations

from enum import StrEnum

from chalicelib.domain.values import Value
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.probe_variants import SessionAttribute
from chalicelib.domain.verification.proof import Check


class Fix(StrEnum):
    """What puts something right in the client's account: `onboarding.setup.ways_out` says how."""

    TRUST_POLICY = "trust-policy"
    """Replace the role's trust policy with the one that was asked for."""
    MAX_SESSION_DURATION = "max-session-duration"
    NOTHING = "nothing"
    """No command does it, or it is not the client's to do."""


_REPLACE = "Replace the role's trust policy with the one that Daypass gives."


class Sentences(Value, frozen=True):
    """A check in words: what it is when it has passed, what it is when it has not, and the fix."""

    passed: str
    failed: str
    fix: str = _REPLACE
    mend: Fix = Fix.TRUST_POLICY


class CauseText(Value, frozen=True):
    """A cause in words: what it is, how to tell that it is this one, and what to do then."""

    message: str
    how_to_tell: str
    fix: str = _REPLACE
    mend: Fix = Fix.TRUST_POLICY


CHECKS: dict[Check, Sentences] = {
    Check.RIGHT_ID: Sentences(
        "The role lets Daypass in with its external ID.",
        "The role refuses Daypass with the right external ID.",
        "Look at the likely causes, in their order.",
    ),
    Check.ACCOUNT: Sentences(
        "AWS confirms that the role is in the AWS account of this engagement.",
        "AWS says that the role is in ANOTHER AWS account than this engagement is for.",
        "Compare the role's ARN with the account, and open an engagement for the right one.",
        Fix.NOTHING,
    ),
    Check.NO_ID: Sentences(
        "The role refuses Daypass without an external ID.",
        "The role lets Daypass in WITHOUT an external ID: a condition is missing, ends in"
        " IfExists, or is not in every statement. A source identity, tags or a session's name are"
        " no substitute for it.",
    ),
    Check.WRONG_ID: Sentences(
        "The role refuses Daypass with the wrong external IDs that Daypass tried.",
        "The role lets Daypass in with a WRONG external ID: it is not compared, or to a pattern.",
    ),
    Check.OTHER_CASE: Sentences(
        "The role refuses Daypass with the external ID in a different letter case.",
        "The role lets Daypass in with the external ID in A DIFFERENT LETTER CASE: it is written"
        " so in the trust policy, or compared with StringEqualsIgnoreCase, or not at all.",
    ),
    Check.NEAR_MISS: Sentences(
        "The role refuses Daypass with those IDs that Daypass tried and that only resemble the"
        " external ID.",
        "The role lets Daypass in with what only RESEMBLES the external ID: it is compared to a"
        " pattern, with StringLike and an asterisk or a question mark.",
    ),
    Check.RETIRED_ID: Sentences(
        "The role refuses Daypass with every external ID that earlier rotations retired.",
        "The role lets Daypass in with an external ID that an earlier rotation RETIRED.",
    ),
    Check.SOURCE_IDENTITY: Sentences(
        "Sessions can carry the name of the member as their source identity.",
        "The trust policy does not allow sts:SetSourceIdentity, so that CloudTrail names the"
        " member in the session's name only.",
    ),
    Check.TAGS: Sentences(
        "Sessions can carry tags that name the member and the engagement.",
        "The trust policy does not allow sts:TagSession, so that sessions carry no tags.",
    ),
    Check.FULL_HOUR: Sentences(
        "Sessions can last a full hour.",
        "The role gives sessions of less than an hour.",
        "Set the role's MaxSessionDuration to 3600 seconds at least.",
        Fix.MAX_SESSION_DURATION,
    ),
    Check.FORMER_ID: Sentences(
        "The role refuses Daypass with the former external ID.",
        "The role still lets Daypass in with the FORMER external ID as well.",
    ),
}

CHOSEN_ELSEWHERE = (
    "The external ID was chosen elsewhere and not by Daypass: others may know it or use it too."
    " A lead should have it replaced."
)

REQUIRED_ATTRIBUTES: dict[SessionAttribute, str] = {
    SessionAttribute.SOURCE_IDENTITY: (
        "The role also demands a source identity. Each session that Daypass asks for has one."
    ),
    SessionAttribute.TAGS: (
        "The role also demands session tags. Each session that Daypass asks for has them."
    ),
}

CAUSES: dict[Cause, CauseText] = {
    Cause.REGION_DISABLED: CauseText(
        "AWS STS is turned off in Daypass's region for the role's AWS account.",
        "AWS says so itself (RegionDisabledException).",
        "Activate the region in that account's IAM console: Account settings, Security Token"
        " Service (STS), Endpoints.",
        Fix.NOTHING,
    ),
    Cause.OUR_PERMISSION: CauseText(
        "Our own side: the broker role is not permitted to assume this role.",
        "IAM's policy simulator says so about the broker role's own policies.",
        "The operator attaches the policies that make permissions prints. In the role's account"
        " nothing has to be done.",
        Fix.NOTHING,
    ),
    Cause.OTHER_CASE: CauseText(
        "The trust policy has the external ID in a different letter case.",
        "The role let Daypass in with the letters' case swapped.",
        "Copy the external ID as it stands: letter case counts.",
    ),
    Cause.NEXT_ID_ONLY: CauseText(
        "The trust policy has only the next external ID by now.",
        "The role let Daypass in with the next external ID, and not with the present one.",
        "Check again: Daypass goes over to it once every role of the engagement has it.",
    ),
    Cause.FORMER_ID_ONLY: CauseText(
        "The trust policy still has a former external ID, and not the present one.",
        "The role let Daypass in with a former external ID.",
    ),
    Cause.PATH: CauseText(
        "The role has no path; the ARN that Daypass has names one.",
        "The role of the same name without the path let Daypass in.",
        "A lead changes the role's ARN in Daypass to the one without the path.",
        Fix.NOTHING,
    ),
    Cause.SOURCE_IDENTITY: CauseText(
        "The trust policy does not allow sts:SetSourceIdentity any more, which it did.",
        "The role lets Daypass in without a source identity, and refuses it with one.",
        "Sessions are asked for without one from now on. " + _REPLACE,
    ),
    Cause.TAGS: CauseText(
        "The trust policy does not allow sts:TagSession any more, which it did.",
        "The role lets Daypass in without tags, and refuses it with them.",
        "Sessions are asked for without tags from now on. " + _REPLACE,
    ),
    Cause.JUST_CHANGED: CauseText(
        "The role was made or changed a moment ago: IAM takes some seconds to carry a change"
        " everywhere.",
        "Somebody has just created or saved the role.",
        "Wait a minute, and check again.",
        Fix.NOTHING,
    ),
    Cause.ROLE_MISSING: CauseText(
        "There is no role of this name and path in the account.",
        "aws iam get-role says NoSuchEntity. Names are case sensitive, and a path is part of the"
        " ARN.",
        "Create the role as asked for, or tell us its ARN if it has another.",
        Fix.NOTHING,
    ),
    Cause.EXTERNAL_ID: CauseText(
        "The trust policy has another external ID.",
        "The value of sts:ExternalId in the role's trust policy differs from the one asked for.",
    ),
    Cause.PRINCIPAL: CauseText(
        "The trust policy names another principal.",
        "Its Principal is not our AWS account, its aws:PrincipalArn is not our broker role, or it"
        " shows an ID that begins with AROA: a role that was deleted since.",
    ),
    Cause.END_DATE: CauseText(
        "The end date in the trust policy has passed: it was made for an earlier end.",
        "The moment in its aws:CurrentTime condition lies in the past.",
    ),
    Cause.NAMES_PEOPLE: CauseText(
        "The trust policy lets in certain people alone. Daypass checks it under a made-up name, so"
        " that CloudTrail names no real person for what they did not do.",
        "A condition on sts:RoleSessionName, sts:SourceIdentity or aws:RequestTag names somebody.",
        "Demand that there is a source identity or a tag, and leave to Daypass whose it is. "
        + _REPLACE,
    ),
    Cause.OTHER_CONDITION: CauseText(
        "Something else forbids it: a further condition (MFA, a source IP address, an"
        " organization), a Deny, or an SCP or RCP of the account's organization.",
        "The trust policy has a statement or a condition that the one asked for does not have, or"
        " the account's CloudTrail shows the refused AssumeRole with an explicit deny.",
        "Where it stands in the trust policy: "
        + _REPLACE[0].lower()
        + _REPLACE[1:]
        + " An SCP or RCP stays as it is whatever the trust policy says: whoever administers the"
        " organization has to let our broker role through.",
    ),
}
