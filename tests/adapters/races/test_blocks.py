"""A client's pause on the real adapters, while members vend and others pause and lift."""

from __future__ import annotations

import pytest

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.trail import CLIENT, Action, Outcome, TrailQuery
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.vending.blocks.pausing import lift_pause, pause
from tests.adapters.races.test_races import later
from tests.adapters.scene import Aws, all_at_once, try_to_vend
from tests.builders import LIFT_CODE

CLIENTS_ACTOR = SystemActor(CLIENT, token_id="0a1b2c3d4e5f")
CODE_HASH = hash_of(LIFT_CODE)


def paused(aws: Aws, engagement: str, code: str = LIFT_CODE) -> Block:
    return pause(aws.ports, CLIENTS_ACTOR, engagement, hash_of(code))


@pytest.mark.parametrize("round_number", range(3))
def test_a_pause_during_vends_counts_every_session_that_was_handed_over(
    aws: Aws, engagement_id: str, round_number: int
) -> None:
    def vend_once() -> VendedSession:
        session: VendedSession = try_to_vend(aws, engagement_id)
        return session

    block, *results = all_at_once(
        [
            lambda: paused(aws, engagement_id),
            *[vend_once] * 6,
            *[lambda: later(vend_once)] * 3,
        ]
    )
    assert isinstance(block, Block)
    vended = [result for result in results if isinstance(result, VendedSession)]
    assert len(vended) <= block.listing.alive
    assert all(isinstance(result, VendedSession | AccessDenied) for result in results)
    with pytest.raises(AccessDenied):
        try_to_vend(aws, engagement_id)


def test_clicks_at_once_give_one_pause_and_codes_at_once_lift_it_once(
    aws: Aws, engagement_id: str
) -> None:
    blocks = all_at_once([lambda: paused(aws, engagement_id)] * 6)
    assert {block.began_at for block in blocks} == {blocks[0].began_at}
    lifted = all_at_once(
        [lambda: lift_pause(aws.ports, CLIENTS_ACTOR, engagement_id, CODE_HASH)] * 3
    )
    assert sum(isinstance(result, Block) for result in lifted) >= 1
    assert isinstance(try_to_vend(aws, engagement_id), VendedSession)
    now = aws.ports.now()
    query = TrailQuery(since=blocks[0].began_at, until=now, engagement=engagement_id, no_vends=True)
    recorded = [(entry.action, entry.outcome) for entry in aws.ports.trail.page(query).items]
    for action in (Action.PAUSE_BEGIN, Action.PAUSE_LIFT):
        assert recorded.count((action, Outcome.DONE)) == 1
