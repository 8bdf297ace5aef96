"""Whoever is killed, whenever: nothing has left unrecorded or after a revocation, and asking for
the revocation again closes what was left open.

A killed process had handed over what it had told of. It can fail: the same kills find what is
wrong where a revocation closes nothing. `make soak` goes on for longer.
"""

from __future__ import annotations

from tests.soak.kills import kill


def test_whoever_is_killed_leaves_nothing_unrecorded_and_nothing_open() -> None:
    found = kill(seconds=12)
    assert found.wrong == []
    assert found.kills > 30
    assert found.vends > 20
    assert found.acknowledged > 10


def test_where_revocations_close_nothing_it_finds_what_is_wrong() -> None:
    """When the kill falls is a matter of luck: so there are some tries."""
    for _ in range(6):
        found = kill(seconds=5, defect="nothing closed")
        if any(one.startswith("left open") for one in found.wrong):
            return
    raise AssertionError("nothing was found left open")
