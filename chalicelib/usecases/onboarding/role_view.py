"""One role as the client's page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import ClientSetup, File, SetupPart, TemplateFormat
from chalicelib.domain.onboarding.setup.documents import pretty
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.removal import commands, commands_to_look
from chalicelib.domain.values import Value
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.findings import Fix
from chalicelib.domain.verification.proof import Check, Grade, Result
from chalicelib.domain.verification.report import CheckLine, Report
from chalicelib.usecases.onboarding.client_setup import written_down
from chalicelib.usecases.onboarding.role_setup import setup_of
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.report import report

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


class RoleView(Value, frozen=True, kw_only=True):
    """One role: what it is, in every form, and what its last check found."""

    role: Role
    setup: Setup
    forms: Mapping[TemplateFormat, ClientSetup]
    trust_files: Mapping[TemplateFormat, File]
    report: Report | None
    entered_until: datetime | None
    """A lead has decided that it is vended from although it is not proven, until then."""
    may_have_run_out: bool
    """An end has passed that its trust policy may still have."""
    permissions_json: str
    """Empty if the permissions are an AWS managed policy, or what the role has already."""
    trust_commands: str
    look: str
    """Commands that look at what no check sees."""

    @property
    def name(self) -> str:
        return self.role.name

    @property
    def session_lengths(self) -> tuple[int, int]:
        """In seconds: what we ask AWS for, and what the role itself is to give."""
        return self.role.max_session, self.setup.max_session_duration

    @property
    def is_in_order(self) -> bool:
        return self.report is not None and self.report.is_current and self.report.passed

    @property
    def failed(self) -> tuple[CheckLine, ...]:
        return self._lines(Result.FAILED)

    @property
    def passed(self) -> tuple[CheckLine, ...]:
        return self._lines(Result.PASSED)

    @property
    def takes_former_id(self) -> bool:
        return any(line.check is Check.FORMER_ID for line in self.failed)

    @property
    def grade_means(self) -> str:
        if self.report is None:
            return ""
        if self.report.passed and self.takes_former_id:
            return TAKES_THE_FORMER_ID
        return GRADES[self.report.grade]

    @property
    def tried_in_full_at(self) -> datetime | None:
        """Return when everything was tried, if the last check was a short one."""
        proof = self.role.verification
        is_short = proof is not None and proof.full_check_at != proof.checked_at
        return proof.full_check_at if proof is not None and is_short else None

    @property
    def may_be_missing(self) -> bool:
        """Return whether it is to be created, and nothing shows that it has been."""
        causes = self.report.causes if self.report else ()
        is_likely = any(one.cause is Cause.ROLE_MISSING for one in causes)
        return is_likely and not self.setup.is_there_already

    @property
    def has_commands(self) -> bool:
        causes = self.report.causes if self.report else ()
        return any(line.commands for line in self.failed) or any(one.commands for one in causes)

    def _lines(self, result: Result) -> tuple[CheckLine, ...]:
        lines = self.report.lines if self.report else ()
        return tuple(line for line in lines if line.result is result)


def role_view(ports: Ports, place: Engagement, role: Role) -> RoleView:
    setup, now = setup_of(ports, place, role), ports.now()
    document = setup.permissions.document
    return RoleView(
        role=role,
        setup=setup,
        forms={form: written_down(setup, place, role, form) for form in TemplateFormat},
        trust_files={
            form: written_down(setup, place, role, form, SetupPart.TRUST_POLICY).files[0]
            for form in TemplateFormat
        },
        report=report(place, role, setup),
        entered_until=role.override.until if role.override and role.is_overridden(now) else None,
        may_have_run_out=role.may_have_run_out(now),
        permissions_json=pretty(document) if document is not None else "",
        trust_commands=commands(Fix.TRUST_POLICY, setup),
        look=commands_to_look(setup),
    )
