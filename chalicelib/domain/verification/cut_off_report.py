"""The sentences of the report of a role's cut-off, for leads and for the client."""

from __future__ import annotations

from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.findings import CheckText

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
        "The cut-off role refuses Daypass if Daypass sends no external ID.",
        "Daypass can assume the cut-off role WITHOUT an external ID.",
        _CREATE_AGAIN,
    ),
    CutOffCheck.WRONG_ID: CheckText(
        "The cut-off role refuses the wrong external IDs that Daypass tried.",
        "Daypass can assume the cut-off role with a WRONG external ID.",
        _CREATE_AGAIN,
    ),
    CutOffCheck.MEMBER_ID: CheckText(
        "The cut-off role refuses the external ID with which Daypass issues sessions to members.",
        "Daypass can assume the cut-off role with the external ID of MEMBERS' SESSIONS.",
        _CREATE_AGAIN,
    ),
    CutOffCheck.OTHER_NAME: CheckText(
        "The cut-off role refuses the other session names that Daypass tried, such as a member's.",
        "Daypass can assume the cut-off role with ANOTHER SESSION NAME, such as a member's.",
        _CREATE_AGAIN,
    ),
    CutOffCheck.BRAKE: CheckText(
        "Daypass saw AWS deny a session of its own because of the brake.",
        "AWS does not deny a session because of the brake, so the brake ends no sessions.",
        "Check that the brake is the role's permissions boundary, that the cut-off role may write"
        " it, and that its default version is the one that Daypass wrote.",
    ),
}

NOT_WRITTEN_YET = (
    "Daypass has not written the brake yet. It does so within a few minutes after a check."
)
CANNOT_TRY_DENY_ALL = (
    "Daypass cannot try deny-all itself: it would end every live session, and only the client"
    " could undo it. So no check shows that it works."
)
NO_ANSWER = "Not checked yet: the cut-off role refused Daypass, or AWS gave no clear answer."
TRIED_ONLY = (
    "Daypass can only say that the cut-off role refuses what it tried. It does not see the role's"
    " permissions, or who else its trust policy accepts."
)
ONE_REGION = (
    "This shows one region at one moment. AWS IAM can take longer to apply a change elsewhere."
)
