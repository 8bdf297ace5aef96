"""What is left to the client to do, if anything: the one thing that their page says first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.values import Value
from chalicelib.domain.verification.proof import Grade
from chalicelib.domain.verification.report import Report


class StepKind(StrEnum):
    NOTHING_ASKED = "nothing-asked"
    SET_UP = "set-up"
    """Create the role, or let us in with one that is there; nobody has checked it yet."""
    MEND = "mend"
    RENEW = "renew"
    """Put the trust policy with the later end in place."""
    ROTATE = "rotate"
    """Put the trust policy with the other external ID in place."""
    CHECK_AGAIN = "check-again"
    """What is asked for has changed since the last check."""
    IMPROVE = "improve"
    """Nothing has to be done, and something could be better."""
    NOTHING = "nothing"
    LEAVE = "leave"
    """It is over: remove the roles."""
    LEAVE_STILL = "leave-still"
    """It was looked whether they refuse us, and not all of them did."""
    LEFT = "left"


class NextStep(Value, frozen=True, kw_only=True):
    """The task, and the names of the roles that it is about."""

    task: StepKind
    roles: tuple[str, ...]


def next_step(
    place: Engagement,
    reports: Mapping[str, Report | None],
    *,
    is_over: bool,
    has_looked: bool,
    outdated: Collection[str] = (),
) -> NextStep:
    """What is first. `has_looked` if the roles of an engagement that is over were tried since then;
    `outdated` are the roles whose trust policies end before the engagement.
    """
    everyone = tuple(reports)
    if is_over:
        still = StepKind.LEAVE_STILL if has_looked else StepKind.LEAVE
        return NextStep(
            task=still if place.access_removed_at is None else StepKind.LEFT, roles=everyone
        )
    if not everyone:
        return NextStep(task=StepKind.NOTHING_ASKED, roles=())
    now = {name: report for name, report in reports.items() if report and report.is_current}
    about = {
        StepKind.MEND: [name for name, report in now.items() if not report.passed],
        StepKind.RENEW: [name for name, report in reports.items() if report and name in outdated],
        StepKind.ROTATE: everyone if place.is_rotating else (),
        StepKind.SET_UP: [name for name, report in reports.items() if report is None],
        StepKind.CHECK_AGAIN: [name for name in everyone if name not in now],
        StepKind.IMPROVE: [name for name, report in now.items() if report.grade is Grade.B],
    }
    for task, names in about.items():
        if names:
            return NextStep(task=task, roles=tuple(names))
    return NextStep(task=StepKind.NOTHING, roles=everyone)
