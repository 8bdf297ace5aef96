"""The page's section on ending live sessions: its states, and the sentences in each."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.vending.cut_offs import CutOffProblem
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.proof import Result
from tests.builders import ROLE_ARN
from tests.entrypoints.onboarding.page_states import MINUTE, SECOND, Row
from tests.fakes import NOON

CUT_OFF_ID = "daypass-cut-off-id"
BRAKED = {"cut_off": CutOffMethod.BRAKE, "cut_off_external_id": CUT_OFF_ID}
FROZEN = {"cut_off": CutOffMethod.FREEZE, "cut_off_external_id": CUT_OFF_ID}
BRAKE_SEEN = "On 24 November 2026, 11:00 UTC, AWS denied a session of ours because of the brake."


def cut_off_checked(
    *failed: CutOffCheck, without: tuple[CutOffCheck, ...] = (), **changes: Any
) -> CutOffProof:
    """Return the proof of a cut-off, with these failures."""
    fields: dict[str, Any] = {
        "engagement": "acme-prod",
        "role": "readonly",
        "checked_at": NOON,
        "role_arn": ROLE_ARN,
        "method": CutOffMethod.BRAKE,
        "external_id": CUT_OFF_ID,
        "results": {
            check: Result.FAILED if check in failed else Result.PASSED
            for check in CutOffCheck
            if check not in without
        },
    }
    return CutOffProof(**(fields | changes))


CUT_OFF_PAGES: dict[str, Row] = {
    "no method for ending sessions": (
        [],
        ["You have not given us a way to end sessions.", "We cannot end a session that has"],
        ["cut-off role", "@canary"],
    ),
    "a brake, never checked": (
        [BRAKED],
        [
            "We can end sessions of ContractorRole early through its brake",
            "Not seen yet", "Not checked yet. “Check now” checks this, too.", "@canary.",
            "We can end a session that has started only through",
        ],
        ["You have not given us", "AWS denied a session of ours"],
    ),
    "a brake, seen": (
        [BRAKED, cut_off_checked(brake_seen_at=NOON - 60 * MINUTE)],
        [
            BRAKE_SEEN, "Checked on 24 November 2026, 12:00 UTC",
            "It does not see the role's permissions", "one region at one moment",
        ],
        ["Not seen yet", "No result", "out of date"],
    ),
    "a brake, not written yet": (
        [BRAKED, cut_off_checked(without=(CutOffCheck.BRAKE,))],
        ["Not seen yet", "No result", "Daypass has not written the brake yet."],
        [],
    ),
    "a brake that was released by hand": (
        [
            BRAKED,
            cut_off_checked(
                CutOffCheck.BRAKE,
                brake_seen_at=NOON - 60 * MINUTE,
                problem=CutOffProblem.NOT_IN_FORCE,
            ),
        ],
        [BRAKE_SEEN, "AWS does not deny a session because of the brake", "permissions boundary."],
        [],
    ),
    "a cut-off role that lets in others": (
        [BRAKED, cut_off_checked(CutOffCheck.OTHER_NAME)],
        ["with ANOTHER SESSION NAME", "Fix: Create the cut-off role again"],
        [],
    ),
    "a cut-off role that is missing": (
        [BRAKED, cut_off_checked(results={CutOffCheck.ROLE: Result.FAILED})],
        ["Daypass cannot assume the cut-off role", "Not checked yet: the cut-off role refused"],
        [],
    ),
    "a brake that was checked for another ARN": (
        [BRAKED, cut_off_checked(role_arn=f"{ROLE_ARN}2")],
        ["The role or the method has changed since the check."],
        [],
    ),
    "a freeze": (
        [FROZEN, cut_off_checked(method=CutOffMethod.FREEZE)],
        [
            "attach AWS’s policy AWSDenyAll to the role. Only you can detach it.",
            "Cannot be tried", "So no one has seen it work.",
        ],
        ["because of the brake", "@canary"],
    ),
    "a brake of two roles": (
        [BRAKED, SECOND, cut_off_checked()],
        ["through its brake", "Not checked yet. “Check now” checks this, too."],
        [],
    ),
}  # fmt: skip
