"""A lead gone bad gets no one into the account of a client that approves all access.

The lead names approvers, invents members and leads, uses the links in the mails to addresses of
their own, changes the policy, floods the client with e-mails, and presses the client's Pause. An
honest member, an honest approver and the job that mails clients run meanwhile, in processes of
their own. The test itself is tested: with one protection removed, the lead gets in.
"""

from math import inf

import pytest

from tests.soak.approvals import HONEST, attack_approvals
from tests.soak.ledger import until_violation

LONGEST = 120  # seconds; the run with a defect ends as soon as it has found it

LIFTED_MEANWHILE = (
    "handed over after the response: paused by the client",
    "revocation refused: paused by the client",
    "restoring refused: paused by the client",
)
"""Leads lift the client's pause after the response to the press, before it, or instead of the
client."""


def test_a_bad_lead_gets_no_one_in_and_delays_no_one():
    result = attack_approvals(seconds=25)
    assert result.violations == []
    assert {vend["member"] for vend in result.ledger.vends} <= set(HONEST)
    assert len(result.ledger.vends) > 10
    assert any(refusal["member"].startswith("ghost") for refusal in result.ledger.refusals)
    imposed = {
        each.name for each in result.ledger.restrictions.values() if each.acknowledged_at < inf
    }
    assert imposed >= {"paused by the client", "member suspended", "not approved"}
    assert min(result.steps["name"], result.steps["invent_ghost"], result.mails) > 0


@pytest.mark.parametrize(
    ("defect", "kinds"),
    [
        ("new approver counts", ("handed over after the response: not approved",)),
        ("pause lifted at once", LIFTED_MEANWHILE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_attack_finds_the_violation_if_a_protection_is_removed(defect, kinds):
    """The order of the lead's steps is a matter of chance, so the run has time to hit it."""
    stop = until_violation(*kinds)
    result = attack_approvals(seconds=LONGEST, stop=stop, defect=defect)
    assert stop(result.ledger, result.violations)
