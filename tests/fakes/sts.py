"""AWS STS in memory. The world's roles accept or refuse each request."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.domain.errors import AwsRefused
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.vending.vends import Credentials
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.fakes.trust import allows_request, request_of

if TYPE_CHECKING:
    from tests.fakes import World


class FakeSts:
    """The Sts port over the world's roles."""

    def __init__(self, world: World) -> None:
        self._world = world

    def issue(self, terms: Terms, session_name: str) -> Credentials:
        self._world.step("issue")
        role = self._world.roles.get(terms.role_arn)
        if role is None or not role.accepts(request_of(terms, session_name, self._world.clock)):
            refusal = AwsRefused(Reason.ROLE_REFUSED_DAYPASS)
            refusal.aws_request_id = "fake-request"
            raise refusal
        self._world.issued.append((terms, session_name))
        account, name = terms.role_arn.split(":")[4], terms.role_arn.rsplit("/", 1)[1]
        return Credentials(
            access_key_id=f"ASIAFAKE{len(self._world.issued):012d}",
            secret_access_key=CANARY_SECRET_KEY,
            session_token=CANARY_SESSION_TOKEN,
            expires_at=self._world.clock.replace(microsecond=0) + timedelta(seconds=terms.duration),
            assumed_role_arn=f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
            request_id="fake-request",
        )

    def probe(self, probe: Probe) -> ProbeOutcome:
        self._world.step("probe")
        cut_off_role = self._world.iam.cut_off_roles.get(probe.role_arn)
        request = request_of(probe, probe.session_name, self._world.clock)
        if cut_off_role is not None:
            is_accepted = allows_request(cut_off_role.trust, request)
            return ProbeOutcome.ACCEPTED if is_accepted else ProbeOutcome.REFUSED
        role = self._world.roles.get(probe.role_arn)
        if role is not None and role.region_disabled:
            return ProbeOutcome.REGION_DISABLED
        if role is None or not role.accepts(request):
            return ProbeOutcome.REFUSED
        if probe.duration > role.max_session_duration:
            return ProbeOutcome.TOO_LONG
        return ProbeOutcome.ACCEPTED

    def probe_account(self, probe: Probe) -> ProbeResult:
        outcome = self.probe(probe)
        role = self._world.roles.get(probe.role_arn)
        if outcome is not ProbeOutcome.ACCEPTED or role is None:
            return ProbeResult(outcome)
        return ProbeResult(outcome, role.actual_account or probe.role_arn.split(":")[4])

    def may_assume(self, role_arn: str) -> bool | None:
        return self._world.may_assume
