"""The report of the last check of a role's cut-off, in sentences, for leads and for the client."""

from __future__ import annotations

from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Value
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.proof import Result


class CutOffLine(Value, frozen=True, kw_only=True):
    """One check of the cut-off with its result and, if it failed, the fix."""

    check: CutOffCheck
    result: Result | None
    """None if the check was not made, or cannot be made."""
    message: str
    """The result in a sentence."""
    fix: str = ""
    """The fix in a sentence. Empty unless the check failed."""


class CutOffReport(Value, frozen=True, kw_only=True):
    """The report of the last check of a role's cut-off: the way to end its live sessions."""

    checked_at: Moment | None
    """None if the cut-off was never checked."""
    is_current: bool
    """True if the check tested the role, the method and the external ID as they are now."""
    proven: bool
    """True if every check passed that Daypass can make. With the method `deny-all`, Daypass cannot
    try the cut-off itself."""
    brake_seen_at: Moment | None
    """When AWS last denied a session of Daypass's own because of the brake. None if it never did,
    or if the method is not `brake`."""
    checks: tuple[CutOffLine, ...]
    limits: tuple[str, ...]
    """The limits of the check, in sentences."""

    @property
    def failed_checks(self) -> tuple[CutOffLine, ...]:
        return tuple(line for line in self.checks if line.result is Result.FAILED)


class CutOffText(Value, frozen=True):
    """The sentences for one check: if it passed, if it failed, and how to fix the failure."""

    passed: str
    failed: str
    fix: str


_CREATE_AGAIN = (
    "Create the cut-off role again as the client's page shows it, and remove other statements from"
    " its trust policy."
)

CUT_OFF_CHECKS: dict[CutOffCheck, CutOffText] = {
    CutOffCheck.ROLE: CutOffText(
        "Daypass can assume the cut-off role with its external ID and its fixed session name.",
        "Daypass cannot assume the cut-off role, so Daypass cannot end live sessions.",
        "Check that the cut-off role exists under the name on the client's page. Create it again if"
        " it is missing or differs.",
    ),
    CutOffCheck.NO_ID: CutOffText(
        "The cut-off role refuses Daypass if Daypass sends no external ID.",
        "Daypass can assume the cut-off role WITHOUT an external ID.",
        _CREATE_AGAIN,
    ),
    CutOffCheck.WRONG_ID: CutOffText(
        "The cut-off role refuses the wrong external IDs that Daypass tried.",
        "Daypass can assume the cut-off role with a WRONG external ID.",
        _CREATE_AGAIN,
    ),
    CutOffCheck.MEMBER_ID: CutOffText(
        "The cut-off role refuses the external ID with which Daypass issues sessions to members.",
        "Daypass can assume the cut-off role with the external ID of MEMBERS' SESSIONS.",
        _CREATE_AGAIN,
    ),
    CutOffCheck.OTHER_NAME: CutOffText(
        "The cut-off role refuses the other session names that Daypass tried, such as a member's.",
        "Daypass can assume the cut-off role with ANOTHER SESSION NAME, such as a member's.",
        _CREATE_AGAIN,
    ),
    CutOffCheck.BRAKE: CutOffText(
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
