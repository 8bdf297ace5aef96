"""Choose the next step of a client's administrator, which the client's page shows first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.values import Value
from chalicelib.domain.verification.proof import Grade
from chalicelib.domain.verification.report import Report


class StepKind(StrEnum):
    """The kinds of next steps for the client's administrator."""

    NO_ROLES = "no-roles"
    """Nothing: the engagement has no role."""
    SET_UP = "set-up"
    """Create the role, or change the trust policy of an existing one. It was never checked."""
    FIX = "fix"
    """Fix what the role's last check found."""
    RENEW = "renew"
    """Replace the trust policy with the one that has the later end."""
    ROTATE = "rotate"
    """Replace the trust policy with the one for the next or the new external ID."""
    CHECK_AGAIN = "check-again"
    """The role's ARN or the external ID has changed since the last check."""
    IMPROVE = "improve"
    """Nothing is required, but the last check found a possible improvement."""
    DONE = "done"
    """Nothing: every role passed its check."""
    REMOVE = "remove"
    """The engagement is over: remove the roles."""
    REMOVE_AGAIN = "remove-again"
    """The access-removal check ran, but did not confirm that every role refuses Daypass."""
    REMOVED = "removed"
    """Every role refused Daypass in the access-removal check."""


class NextStep(Value, frozen=True, kw_only=True):
    """The kind of step, and the names of the roles that it concerns."""

    kind: StepKind
    roles: tuple[str, ...]


def choose_next_step(
    engagement: Engagement,
    reports: Mapping[str, Report | None],
    *,
    has_ended: bool,
    removal_checked: bool,
    outdated: Collection[str] = (),
) -> NextStep:
    """Return the most urgent step, which the client's page shows first.

    `reports` has each role's name and the report on its last check, or None if it was never
    checked. `removal_checked` says whether an access-removal check, which finds roles that still
    let Daypass in, ran after the engagement's end. `outdated` are the names of the roles whose
    trust policies end before the engagement.
    """
    all_roles = tuple(reports)
    if has_ended:
        still_to_do = StepKind.REMOVE_AGAIN if removal_checked else StepKind.REMOVE
        kind = still_to_do if engagement.access_removed_at is None else StepKind.REMOVED
        return NextStep(kind=kind, roles=all_roles)
    if not all_roles:
        return NextStep(kind=StepKind.NO_ROLES, roles=())
    current = {name: report for name, report in reports.items() if report and report.is_current}
    roles_by_kind = {  # the most urgent kind first
        StepKind.FIX: [name for name, report in current.items() if not report.passed],
        StepKind.RENEW: [name for name, report in reports.items() if report and name in outdated],
        StepKind.ROTATE: all_roles if engagement.is_rotating else (),
        StepKind.SET_UP: [name for name, report in reports.items() if report is None],
        StepKind.CHECK_AGAIN: [name for name in all_roles if name not in current],
        StepKind.IMPROVE: [name for name, report in current.items() if report.grade is Grade.B],
    }
    for kind, names in roles_by_kind.items():
        if names:
            return NextStep(kind=kind, roles=tuple(names))
    return NextStep(kind=StepKind.DONE, roles=all_roles)
