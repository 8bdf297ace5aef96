"""The page's section on ending live sessions: its states, and the sentences in each."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOff,
    CutOffProblem,
    CutOffStatus,
    RoleCutOffs,
)
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.vending.cut_off.view import PROBLEM_TEXTS
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.proof import Result
from tests.builders import ROLE_ARN, a_cut_off, role_cut_offs
from tests.entrypoints.onboarding.page_states import ENDED, MINUTE, SECOND, Row
from tests.fakes import NOON

CUT_OFF_ID = "daypass-cut-off-id"
BRAKED = {"cut_off": CutOffMethod.BRAKE, "cut_off_external_id": CUT_OFF_ID}
FROZEN = {"cut_off": CutOffMethod.FREEZE, "cut_off_external_id": CUT_OFF_ID}
STILL_SEEN = "On 24 November 2026, 11:00 UTC, AWS still denied a session of ours because of it."
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


def requested(*cut_offs: CutOff, method: CutOffMethod = CutOffMethod.NONE) -> RoleCutOffs:
    """Return the role's item with these cut-offs."""
    return role_cut_offs(*cut_offs, method=method)


def a_client_cut_off(**changes: Any) -> CutOff:
    """Return a cut-off of everyone that the client's administrator has to write."""
    fields: dict[str, Any] = {
        "id": "c0ffee",
        "requested_at": NOON - MINUTE,
        "problem": CutOffProblem.CLIENT_MUST_WRITE,
    }
    return a_cut_off(**(fields | changes))


HERS: dict[str, Any] = {"member": "alice", "problem": None}
NOTICE = "This notice disappears when"

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
        ["Not seen yet", "No result", "out of date", "Please repair"],
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
        [
            "Our last check of the brake failed: see the findings.", STILL_SEEN,
            PROBLEM_TEXTS[CutOffProblem.NOT_IN_FORCE],
        ],
        ["Seen", "Not seen yet"],
    ),
    "a brake that never worked": (
        [BRAKED, cut_off_checked(CutOffCheck.BRAKE, problem=CutOffProblem.NOT_IN_FORCE)],
        ["Our last check of the brake failed: see the findings."],
        ["Not seen yet", "AWS still denied"],
    ),
    "a cut-off role that lets in others": (
        [BRAKED, cut_off_checked(CutOffCheck.OTHER_NAME)],
        [
            "with ANOTHER SESSION NAME", "Fix: Create the cut-off role again",
            "Please repair the way to end sessions of ContractorRole early.",
            ("No further action is needed to give us access.", 2),
        ],
        ["No further action is needed."],
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
            "Cannot be tried", "So no check shows that it works.",
        ],
        ["because of the brake", "@canary"],
    ),
    "a cut-off that the client has to write": (
        [requested(a_client_cut_off())],
        [
            "Please end sessions of ContractorRole",
            "All our sessions that AWS issued until 24 November 2026, 12:00 UTC have to end",
            "Only you can end them.", "they can be active until 24 November 2026, 13:00 UTC",
            "aws iam put-role-policy --role-name=ContractorRole", "aws:TokenIssueTime",
            (NOTICE, 1),
        ],
        ["We are ending sessions", "*:alice", "No further action is needed."],
    ),
    "a cut-off of one session that the client has to write": (
        [requested(a_client_cut_off(sessions=("alice.0123456789abcdef",), member="alice"))],
        [
            "The session alice.0123456789abcdef has to end before it expires.",
            "Only you can end it.", "it can be active until",
        ],
        ["have to end"],
    ),
    "a cut-off of two sessions that the client has to write": (
        [requested(a_client_cut_off(sessions=("alice.0123456789abcdef", "bob.0123456789abcdef")))],
        ["2 sessions have to end before they expire.", "Only you can end them."],
        [],
    ),
    "a cut-off after the end": (
        [ENDED, requested(a_client_cut_off())],
        ["Please end sessions of ContractorRole", (NOTICE, 1)],
        [],
    ),
    "a cut-off that a brake could not make": (
        [
            BRAKED,
            requested(
                a_client_cut_off(problem=CutOffProblem.BRAKE_MISSING), method=CutOffMethod.BRAKE
            ),
        ],
        [
            "We could not end them ourselves: The role's brake, a permissions boundary, does not",
            "Please add the policy below", (NOTICE, 1),
        ],
        ["You do not need to do anything."],
    ),
    "a cut-off of a role that this one replaced": (
        [requested(a_client_cut_off(role_arn="arn:aws:iam::987654321098:role/Former"))],
        ["Please end sessions of Former", "--role-name=Former"],
        ["Please end sessions of ContractorRole"],
    ),
    "a brake that is not written yet": (
        [BRAKED, requested(a_client_cut_off(**HERS), method=CutOffMethod.BRAKE)],
        [
            "We are ending sessions of ContractorRole", "All sessions of alice that AWS issued",
            "You do not need to do anything. We have not made the change yet", (NOTICE, 1),
        ],
        ["DaypassCutOff-", "Please end sessions"],
    ),
    "a brake that is written and not seen": (
        [
            BRAKED,
            requested(
                a_client_cut_off(**HERS, status=CutOffStatus.WRITTEN, written_at=NOON),
                method=CutOffMethod.BRAKE,
            ),
        ],
        ["AWS accepted our change on 24 November 2026, 12:00 UTC.", (NOTICE, 1)],
        ["DaypassCutOff-"],
    ),
    "cut-offs that are seen or over": (
        [
            requested(
                a_client_cut_off(status=CutOffStatus.SEEN, seen_at=NOON, problem=None),
                a_client_cut_off(id="c2", needed_until=NOON),
            )
        ],
        [],
        [NOTICE, "sessions of ContractorRole</h2>"],
    ),
    "two cut-offs, the client's first": (
        [
            BRAKED,
            requested(
                a_client_cut_off(**HERS),
                a_client_cut_off(id="c2", problem=CutOffProblem.NOT_PERMITTED),
                method=CutOffMethod.BRAKE,
            ),
        ],
        [
            (NOTICE, 2),
            "when AWS denies a session of ours because of the policy. We try that once a minute",
        ],
        [],
    ),
    "a brake of two roles": (
        [BRAKED, SECOND, cut_off_checked()],
        ["through its brake", "Not checked yet. “Check now” checks this, too."],
        [],
    ),
}  # fmt: skip
