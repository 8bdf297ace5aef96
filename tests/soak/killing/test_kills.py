"""Whoever is killed, whenever: nothing has left unrecorded or after a revocation, and asking for
the revocation again closes what was left open.

A killed process had handed over what it had told of. It can fail: the same kills find what is
wrong where a revocation closes nothing. `make soak` goes on for longer.
"""

from __future__ import annotations

from tests.soak.killing.kills import kill
from tests.soak.ledger import Ledger, until_found


def test_whoever_is_killed_leaves_nothing_unrecorded_and_nothing_open() -> None:
    figures = kill(
        seconds=60, enough=lambda told, _: len(told.vends) > 10 and told.acknowledged > 8
    )
    assert figures.wrong == []
    assert figures.kills > 5
    assert figures.vends > 10
    assert figures.acknowledged > 8


def test_where_revocations_close_nothing_it_finds_what_is_wrong() -> None:
    """When the kill falls is a matter of luck: so there is some time for it."""
    left_open = until_found("left open")
    figures = kill(seconds=60, enough=left_open, defect="nothing closed")
    assert left_open(Ledger(), figures.wrong)
