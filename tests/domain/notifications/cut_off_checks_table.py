"""Notifications of the checks of cut-offs."""

from __future__ import annotations

from chalicelib.domain.trail import SCHEDULE, Outcome
from tests.domain.notifications.entries import READONLY, A, entry, row

FAILED = {"passed": "false", "changed": "true"}
TITLE = "The cut-off of the role readonly of acme-prod has failed its check"
CHECKED = "Daypass checked the cut-off of the role readonly of acme-prod. It failed."
CANNOT_ASSUME = "Daypass cannot assume the cut-off role, so Daypass cannot end live sessions."
NO_BRAKE = "AWS does not deny a session because of the brake, so the brake ends no sessions."
STILL = (
    "Daypass still gives sessions of this role. A revocation still blocks further sessions, but"
    " may not end the live ones."
)


NOTIFICATIONS = [
    row(
        entry(A.CUT_OFF_CHECK, {**FAILED, "failed": "cut-off-role"}, **READONLY, actor=SCHEDULE),
        TITLE,
        f"{CHECKED} {CANNOT_ASSUME} {STILL}",
    ),
    row(
        entry(
            A.CUT_OFF_CHECK,
            {**FAILED, "failed": "other-session-name brake", "drifted": "true"},
            **READONLY,
        ),
        TITLE,
        "lena checked the cut-off of the role readonly of acme-prod. It failed. It had passed"
        " before. Daypass can assume the cut-off role with ANOTHER SESSION NAME, such as a"
        f" member's. {STILL}",
    ),
    row(
        entry(
            A.CUT_OFF_CHECK,
            {**FAILED, "failed": "brake", "problem": "not-in-force", "released": "true"},
            **READONLY,
            actor=SCHEDULE,
        ),
        TITLE,
        f"{CHECKED} {NO_BRAKE} AWS denied the same session before, so someone in the client's"
        " account has released, replaced or removed the brake. Daypass writes it again."
        f" {STILL}",
    ),
    row(
        entry(
            A.CUT_OFF_CHECK,
            {**FAILED, "failed": "brake", "problem": "too-many-versions"},
            **READONLY,
            actor=SCHEDULE,
        ),
        TITLE,
        f"{CHECKED} {NO_BRAKE} The brake has five versions, and Daypass could not delete one."
        f" {STILL}",
    ),
    row(
        entry(
            A.CUT_OFF_CHECK,
            {**FAILED, "failed": "of a later version", "problem": "of a later version"},
            **READONLY,
            actor=SCHEDULE,
        ),
        TITLE,
        f"{CHECKED} {STILL}",
    ),
]

ROUTINE = [
    entry(A.CUT_OFF_CHECK, {"passed": "true", "changed": "true"}, **READONLY),
    entry(A.CUT_OFF_CHECK, {"passed": "false", "failed": "brake", "changed": ""}, **READONLY),
    entry(A.CUT_OFF_CHECK, **READONLY, outcome=Outcome.INTENDED),
    entry(A.CUT_OFF_CHECK, **READONLY, outcome=Outcome.FAILED),
]
