"""A role's facts as the page tells them: each command once, and what the forms only say in code."""

from __future__ import annotations

from chalicelib.domain.onboarding.setup.blueprint import blueprint
from chalicelib.domain.onboarding.setup.fixes import commands
from chalicelib.domain.things import Thing
from chalicelib.domain.verification.findings import Mend
from chalicelib.domain.verification.proof import Grade, Result
from chalicelib.domain.verification.report import Report
from chalicelib.usecases.onboarding.client_page import ClientPage, RolePage

GRADES = {
    Grade.A: "Safe, and your CloudTrail says who is at work in each session.",
    Grade.B: "Safe. Something could be better: see below.",
    Grade.F: "Not proven safe. We do not enter with this role until it is, unless a lead of ours"
    " decides so for some days.",
}


class Fix(Thing, frozen=True, kw_only=True):
    """What to do. `commands` are empty where none do it, and where they stand above already."""

    says: str
    commands: str
    are_above: bool


class Tried(Thing, frozen=True, kw_only=True):
    """One thing that was tried, and what came of it."""

    passed: bool
    says: str
    fix: Fix | None


class Likely(Thing, frozen=True, kw_only=True):
    """One cause."""

    says: str
    how_to_tell: str
    fix: Fix


class ToldRole(Thing, frozen=True, kw_only=True):
    """One role for the template. `facts` is all that the use case gave."""

    facts: RolePage
    boundary_arn: str
    trust_commands: str
    tried: tuple[Tried, ...]
    causes: tuple[Likely, ...]
    grade_means: str

    @property
    def name(self) -> str:
        return self.facts.role.name


def told(page: ClientPage) -> tuple[ToldRole, ...]:
    """The page's roles, in their order."""
    return tuple(_role(one) for one in page.roles)


def _role(facts: RolePage) -> ToldRole:
    tried, causes = _findings(facts.report)
    return ToldRole(
        facts=facts,
        boundary_arn=blueprint(facts.setup).boundary_arn or "",
        trust_commands=commands(Mend.TRUST_POLICY, facts.setup),
        tried=tried,
        causes=causes,
        grade_means=GRADES[facts.report.grade] if facts.report else "",
    )


def _findings(report: Report | None) -> tuple[tuple[Tried, ...], tuple[Likely, ...]]:
    """Most fixes are the same commands, which are long: they are shown once."""
    if report is None:
        return (), ()
    shown: set[str] = set()

    def fix(says: str, commands: str) -> Fix:
        are_above = commands in shown
        if commands:
            shown.add(commands)
        return Fix(says=says, commands="" if are_above else commands, are_above=are_above)

    tried = tuple(
        Tried(
            passed=line.result is Result.PASSED,
            says=line.says,
            fix=None if line.result is Result.PASSED else fix(line.fix, line.commands),
        )
        for line in report.lines
    )
    causes = tuple(
        Likely(says=one.says, how_to_tell=one.how_to_tell, fix=fix(one.fix, one.commands))
        for one in report.causes
    )
    return tried, causes
