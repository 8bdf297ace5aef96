"""The sentences of a role's report, for leads and for the client's administrator."""

from __future__ import annotations

from enum import StrEnum

from chalicelib.domain.values import Value
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.probe_variants import SessionAttribute
from chalicelib.domain.verification.proof import Check


class Fix(StrEnum):
    """The kind of change in the client's account that fixes a finding.

    For each kind except NOTHING, Daypass can show AWS CLI commands.
    """

    TRUST_POLICY = "trust-policy"
    """Replace the role's trust policy with the requested one."""
    MAX_SESSION_DURATION = "max-session-duration"
    NOTHING = "nothing"
    """No command fixes the finding, or the client need not change anything."""


_REPLACE = "Replace the role's trust policy with the one that Daypass provides."


class CheckText(Value, kw_only=False):
    """The sentences for one check: if it passed, if it failed, and how to fix the failure."""

    passed: str
    failed: str
    fix: str = _REPLACE
    fix_kind: Fix = Fix.TRUST_POLICY


class CauseText(Value, kw_only=False):
    """The sentences for one cause: the cause, how to recognise it, and how to fix it."""

    message: str
    how_to_tell: str
    fix: str = _REPLACE
    fix_kind: Fix = Fix.TRUST_POLICY


CHECKS: dict[Check, CheckText] = {
    Check.RIGHT_ID: CheckText(
        "Daypass can assume the role with the correct external ID.",
        "Daypass cannot assume the role with the correct external ID.",
        "Find the cause in the report, and apply its fix. The report lists the most likely cause"
        " first.",
    ),
    Check.ACCOUNT: CheckText(
        "AWS confirms that the role is in the engagement's AWS account.",
        "AWS reports that the role is NOT in the engagement's AWS account.",
        "Compare the account ID in the role's ARN with the engagement's account ID. If the role is"
        " in the account that the client intended, a lead must open an engagement for that"
        " account.",
        Fix.NOTHING,
    ),
    Check.NO_ID: CheckText(
        "Daypass cannot assume the role without an external ID.",
        "Daypass can assume the role WITHOUT an external ID. Possible causes: the condition on"
        " sts:ExternalId is missing, uses IfExists, or is not in every statement that allows"
        " sts:AssumeRole. A condition on the source identity, tags or session name does not"
        " replace it.",
    ),
    Check.WRONG_ID: CheckText(
        "Daypass could not assume the role with any of the wrong external IDs that it tried.",
        "Daypass can assume the role with a WRONG external ID. Possible causes: the trust policy"
        " does not compare sts:ExternalId, or compares it with a pattern.",
    ),
    Check.OTHER_CASE: CheckText(
        "Daypass cannot assume the role with the external ID in a different letter case.",
        "Daypass can assume the role with the external ID in A DIFFERENT LETTER CASE. Possible"
        " causes: the trust policy lists the ID in that letter case, compares sts:ExternalId with"
        " StringEqualsIgnoreCase or a pattern, or does not compare it.",
    ),
    Check.NEAR_MISS: CheckText(
        "Daypass could not assume the role with any of the similar IDs that it tried.",
        "Daypass can assume the role with an ID that only RESEMBLES the external ID. Possible"
        " causes: the trust policy compares sts:ExternalId with a pattern (StringLike with an"
        " asterisk or a question mark), or does not compare it.",
    ),
    Check.RETIRED_ID: CheckText(
        "Daypass cannot assume the role with any external ID that an earlier rotation replaced.",
        "Daypass can assume the role with an OLD external ID, which an earlier rotation replaced.",
    ),
    Check.SOURCE_IDENTITY: CheckText(
        "Sessions can carry the member's name as their source identity.",
        "The trust policy does not allow sts:SetSourceIdentity. In CloudTrail, only the session"
        " name shows which member used the role.",
    ),
    Check.TAGS: CheckText(
        "Sessions can carry tags that name the member and the engagement.",
        "The trust policy does not allow sts:TagSession. Sessions carry no tags.",
    ),
    Check.AGENT_NAME: CheckText(
        "Daypass can assume the role for agents, whose session names end in .agent.",
        "Daypass cannot assume the role for agents, whose session names end in .agent. Sessions for"
        " people work.",
        "If the client wants no agents in this account, a lead must set the engagement to refuse"
        " agents. Otherwise, replace the role's trust policy with the one that Daypass provides.",
    ),
    Check.FULL_HOUR: CheckText(
        "Sessions can last one hour.",
        "The role limits sessions to less than one hour.",
        "Set the role's MaxSessionDuration to at least 3600 seconds.",
        Fix.MAX_SESSION_DURATION,
    ),
    Check.PREVIOUS_ID: CheckText(
        "Daypass cannot assume the role with the previous external ID.",
        "Daypass can still assume the role with the PREVIOUS external ID, as well as with the"
        " current one.",
    ),
}

IMPORTED_EXTERNAL_ID = (
    "A lead imported this external ID, so other parties may know and use it. A lead should rotate"
    " the external ID."
)

REQUIRED_ATTRIBUTES: dict[SessionAttribute, str] = {
    SessionAttribute.SOURCE_IDENTITY: (
        "In addition to the external ID, the role requires a source identity. Daypass includes a"
        " source identity in every session request."
    ),
    SessionAttribute.TAGS: (
        "In addition to the external ID, the role requires session tags. Daypass includes session"
        " tags in every session request."
    ),
}

CAUSES: dict[Cause, CauseText] = {
    Cause.REGION_DISABLED: CauseText(
        "AWS STS is turned off in Daypass's region for the role's AWS account.",
        "AWS returned RegionDisabledException.",
        "In that account's IAM console, open Account settings and activate the region under"
        " Security Token Service (STS), Endpoints.",
        Fix.NOTHING,
    ),
    Cause.BROKER_PERMISSION: CauseText(
        "Daypass's own role, the broker role, is not permitted to assume this role.",
        "IAM's policy simulator reports that the broker role's own policies do not allow it to"
        " assume this role.",
        "Daypass's operator must run the command “make permissions”, and attach the policies that"
        " it prints to the broker role. The client does not need to change anything.",
        Fix.NOTHING,
    ),
    Cause.OTHER_CASE: CauseText(
        "The trust policy lists the external ID in a different letter case.",
        "Daypass could assume the role after swapping upper and lower case in the external ID.",
        "Copy the external ID into the trust policy exactly. Upper and lower case matter.",
    ),
    Cause.NEXT_ID_ONLY: CauseText(
        "The trust policy already lists only the next external ID, not the current one.",
        "Daypass could assume the role with the next external ID, but not with the current one.",
        "Check the role again. Daypass switches to the next external ID when every role in use"
        " accepts that ID.",
    ),
    Cause.PREVIOUS_ID_ONLY: CauseText(
        "The trust policy still lists a previous external ID, not the current one.",
        "Daypass could assume the role with a previous external ID.",
    ),
    Cause.PATH: CauseText(
        "The role has no path, but its ARN in Daypass includes one.",
        "Daypass could assume the role of the same name without the path.",
        "A lead must update the role's ARN in Daypass to the ARN without the path.",
        Fix.NOTHING,
    ),
    Cause.SOURCE_IDENTITY: CauseText(
        "The trust policy no longer allows sts:SetSourceIdentity.",
        "Daypass can assume the role without a source identity, but no longer with one.",
        "For now, Daypass requests sessions from this role without a source identity. " + _REPLACE,
    ),
    Cause.TAGS: CauseText(
        "The trust policy no longer allows sts:TagSession.",
        "Daypass can assume the role without tags, but no longer with them.",
        "For now, Daypass requests sessions from this role without tags. " + _REPLACE,
    ),
    Cause.JUST_CHANGED: CauseText(
        "The role was created or changed a moment ago, and IAM takes a few seconds to propagate the"
        " change.",
        "Someone created or changed the role within the last minute.",
        "Wait a minute, and check the role again.",
        Fix.NOTHING,
    ),
    Cause.ROLE_MISSING: CauseText(
        "The account has no role with this name and path.",
        "aws iam get-role returns NoSuchEntity. Names are case-sensitive, and the path is part of"
        " the ARN.",
        "If Daypass requests a new role, create it. If the role already exists, its ARN differs"
        " from the one in Daypass, so a lead must update the ARN.",
        Fix.NOTHING,
    ),
    Cause.EXTERNAL_ID: CauseText(
        "The trust policy requires a different external ID.",
        "The value of sts:ExternalId in the role's trust policy differs from the one"
        " that Daypass requested.",
    ),
    Cause.PRINCIPAL: CauseText(
        "The trust policy names a different principal.",
        "The trust policy's Principal is not Daypass's AWS account, or its aws:PrincipalArn is not"
        " Daypass's broker role. An ID that begins with AROA instead of an ARN means that the"
        " principal was deleted.",
    ),
    Cause.END_DATE: CauseText(
        "The end date in the trust policy has passed. The policy was written for an earlier end"
        " date of the engagement.",
        "The date in the trust policy's aws:CurrentTime condition is in the past.",
    ),
    Cause.NAMES_PEOPLE: CauseText(
        "The trust policy accepts only certain people, so it refuses the placeholder name that"
        " Daypass uses for checks. Daypass uses this name so that CloudTrail does not attribute"
        " checks to a real person.",
        "A condition on sts:RoleSessionName, sts:SourceIdentity or aws:RequestTag names a person.",
        _REPLACE
        + " If the trust policy must require a source identity or a tag, do not require a specific"
        " value.",
    ),
    Cause.OTHER_CONDITION: CauseText(
        "Something else denies access: a further condition (MFA, a source IP address, an"
        " organization), a Deny statement, or an SCP or RCP of the account's organization.",
        "The trust policy has a statement or a condition that Daypass did not request, or an SCP or"
        " RCP of the account's organization denies sts:AssumeRole. AWS logs the refused call in the"
        " CloudTrail of Daypass's account, not of the role's account.",
        "If the trust policy denies access, replace it with the one that Daypass provides. If an"
        " SCP or RCP denies access, the organization's administrator must exempt Daypass's broker"
        " role.",
    ),
}


_CREATE_AGAIN = (
    "Create the cut-off role again as the client's page shows it, and remove other statements from"
    " its trust policy."
)

CUT_OFF_CHECKS: dict[CutOffCheck, CheckText] = {
    CutOffCheck.ROLE: CheckText(
        "Daypass can assume the cut-off role with its external ID and its fixed session name.",
        "Daypass cannot assume the cut-off role, so Daypass cannot end live sessions.",
        "Check that the cut-off role exists under the name on the client's page. Create it again if"
        " it is missing or differs.",
    ),
    CutOffCheck.NO_ID: CheckText(
        "Daypass cannot assume the cut-off role without an external ID.",
        "Daypass can assume the cut-off role WITHOUT an external ID.",
        _CREATE_AGAIN,
    ),
    CutOffCheck.WRONG_ID: CheckText(
        "Daypass could not assume the cut-off role with any of the wrong external IDs that it"
        " tried.",
        "Daypass can assume the cut-off role with a WRONG external ID.",
        _CREATE_AGAIN,
    ),
    CutOffCheck.MEMBER_ID: CheckText(
        "Daypass cannot assume the cut-off role with the external ID that it uses for members'"
        " sessions.",
        "Daypass can assume the cut-off role with the external ID of MEMBERS' SESSIONS.",
        _CREATE_AGAIN,
    ),
    CutOffCheck.OTHER_NAME: CheckText(
        "Daypass could not assume the cut-off role with any of the other session names that it"
        " tried, such as a member's.",
        "Daypass can assume the cut-off role with ANOTHER SESSION NAME, such as a member's.",
        _CREATE_AGAIN,
    ),
    CutOffCheck.BRAKE: CheckText(
        "Daypass saw AWS deny its test session because of the brake.",
        "The brake does not end sessions: AWS still allows requests from Daypass's test session.",
        "Check that the brake is the role's permissions boundary, that the cut-off role may write"
        " it, and that its default version is the one that Daypass wrote.",
    ),
}

NOT_WRITTEN_YET = (
    "Daypass has not written the brake yet. Daypass writes the brake within a few minutes of a"
    " check."
)
CANNOT_TRY_DENY_ALL = (
    "Daypass cannot test deny-all, because the test itself ends every live session, and only the"
    " client can undo it. No check confirms that deny-all works."
)
NO_ANSWER = (
    "Not checked yet: Daypass could not assume the cut-off role, or AWS gave no clear answer."
)
TRIED_ONLY = (
    "The check only tests certain requests. Daypass cannot see the cut-off role's permissions, or"
    " who else the role's trust policy accepts."
)
ONE_REGION = (
    "The result is for one region at the time of the check. AWS IAM can take longer to apply a"
    " change in other regions."
)
