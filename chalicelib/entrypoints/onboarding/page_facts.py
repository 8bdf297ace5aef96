"""A role's facts as the page tells them: each command once, and what the forms only say in code."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.onboarding.setup.blueprint import blueprint
from chalicelib.domain.onboarding.setup.fixes import commands, commands_to_look
from chalicelib.domain.things import Thing
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.findings import Mend
from chalicelib.domain.verification.proof import Check, Grade, Result
from chalicelib.domain.verification.report import Report
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.onboarding.client_page import ClientPage, RolePage

GRADES = {
    Grade.A: "It lets us in with the external ID, refuses us without it and with the wrong ones"
    " that we tried, and your CloudTrail says who is at work in each session.",
    Grade.B: "It lets us in with the external ID, and refuses us without it and with the wrong ones"
    " that we tried. Something could be better: see below.",
    Grade.F: "Not proven. We do not enter with this role until it is, unless a lead of ours"
    " decides so for some days.",
}


TAKES_THE_FORMER_ID = (
    "It lets us in with the external ID, and still with the former one. It refuses us without one,"
    " and with the other wrong ones that we tried."
)


class Fix(Thing, frozen=True, kw_only=True):
    """What to do. `commands` are empty where none do it, and where they stand above already."""

    says: str
    commands: str
    are_above: bool


class Failed(Thing, frozen=True, kw_only=True):
    """One thing that was tried, and is not as it should be."""

    says: str
    fix: Fix


class Likely(Thing, frozen=True, kw_only=True):
    """One cause."""

    says: str
    how_to_tell: str
    fix: Fix


class ToldRole(Thing, frozen=True, kw_only=True):
    """One role for the template. `facts` is all that the use case gave."""

    facts: RolePage
    is_next: bool
    """It is the first that the one thing to do is about: what is said of the others is folded."""
    managed_policy_arn: str
    boundary_arn: str
    our_root: str
    """How the trust policy names our account."""
    trust_commands: str
    look: str
    """Commands that look at what no check sees."""
    failed: tuple[Failed, ...]
    passed: tuple[str, ...]
    causes: tuple[Likely, ...]
    grade_means: str
    tried_in_full_at: datetime | None
    """Where the last check was a short one: when everything was tried."""

    @property
    def name(self) -> str:
        return self.facts.role.name

    @property
    def is_outdated(self) -> bool:
        """Return whether its trust policy ends before the engagement."""
        return self.facts.role.needs_policy_update

    @property
    def policy_may_end_at(self) -> datetime | None:
        """Return the latest end that its trust policy may have, if Daypass asked for any."""
        return max(self.facts.role.asked_ends, default=None)

    @property
    def is_in_order(self) -> bool:
        report = self.facts.report
        return report is not None and report.is_current and report.passed

    @property
    def takes_former_id(self) -> bool:
        """Return whether the role let the last check in with the former external ID."""
        return self.facts.report is not None and _takes_former_id(self.facts.report)

    @property
    def session_lengths(self) -> tuple[int, int]:
        """In seconds: what we ask AWS for at most, and what the role itself is to give."""
        return self.facts.role.max_session, self.facts.setup.max_session_duration

    @property
    def may_be_missing(self) -> bool:
        """It is one to be created, and has never let us in."""
        causes = self.facts.report.causes if self.facts.report else ()
        is_likely = any(one.cause is Cause.ROLE_MISSING for one in causes)
        return is_likely and not self.facts.setup.is_there_already

    @property
    def has_commands(self) -> bool:
        fixes = (*(one.fix for one in self.failed), *(one.fix for one in self.causes))
        return any(fix.commands for fix in fixes)


def told(page: ClientPage) -> tuple[ToldRole, ...]:
    """The page's roles, in their order."""
    first = page.to_do.roles[:1]
    return tuple(_role(one, is_next=one.role.name in first) for one in page.roles)


def _role(facts: RolePage, *, is_next: bool) -> ToldRole:
    failed, causes = _findings(facts.report)
    lines = facts.report.lines if facts.report else ()
    asked = blueprint(facts.setup)
    return ToldRole(
        facts=facts,
        is_next=is_next,
        managed_policy_arn=asked.managed_policy_arn or "",
        boundary_arn=asked.boundary_arn or "",
        our_root=facts.setup.firm.root_arn,
        trust_commands=commands(Mend.TRUST_POLICY, facts.setup),
        look=commands_to_look(facts.setup),
        failed=failed,
        passed=tuple(line.says for line in lines if line.result is Result.PASSED),
        causes=causes,
        grade_means=_grade_means(facts.report) if facts.report else "",
        tried_in_full_at=_tried_in_full_at(facts.role.verification),
    )


def _grade_means(report: Report) -> str:
    if report.passed and _takes_former_id(report):
        return TAKES_THE_FORMER_ID
    return GRADES[report.grade]


def _takes_former_id(report: Report) -> bool:
    return any(one.check is Check.FORMER_ID and one.result is Result.FAILED for one in report.lines)


def _tried_in_full_at(proof: Verification | None) -> datetime | None:
    if proof is None or proof.full_check_at == proof.checked_at:
        return None
    return proof.full_check_at


def _findings(report: Report | None) -> tuple[tuple[Failed, ...], tuple[Likely, ...]]:
    """Most fixes are the same commands, which are long: they are shown once."""
    if report is None:
        return (), ()
    shown: set[str] = set()

    def fix(says: str, commands: str) -> Fix:
        are_above = commands in shown
        if commands:
            shown.add(commands)
        return Fix(says=says, commands="" if are_above else commands, are_above=are_above)

    failed = tuple(
        Failed(says=line.says, fix=fix(line.fix, line.commands))
        for line in report.lines
        if line.result is Result.FAILED
    )
    causes = tuple(
        Likely(says=one.says, how_to_tell=one.how_to_tell, fix=fix(one.fix, one.commands))
        for one in report.causes
    )
    return failed, causes
