"""Kill processes at any moment: every session handed over is on the trail, none is handed over
after a revocation, and repeating the revocation withholds the vends that it left open.

The sessions that a killed process had handed over are those that it had logged. The test itself is
tested: where revocations withhold nothing, the same kills find the violation. `make soak` runs it
for longer.
"""

from tests.soak.kills.runs import run_kills
from tests.soak.ledger import Ledger, until_violation


def test_killed_processes_leave_no_session_unrecorded_and_no_vend_open():
    result = run_kills(
        seconds=60, stop=lambda ledger, _: len(ledger.vends) > 10 and ledger.acknowledged > 8
    )
    assert result.violations == []
    assert result.kills > 5
    assert result.vends > 10
    assert result.acknowledged > 8


def test_kills_find_the_violation_if_revocations_withhold_nothing():
    """The moment of a kill is a matter of chance, so the run has time to hit it."""
    left_open = until_violation("left open")
    result = run_kills(seconds=60, stop=left_open, defect="nothing withheld")
    assert left_open(Ledger(), result.violations)
