"""A freeze and a client's pause, in every order with the steps of vends."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.trail import CLIENT
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.vends import VendedSession
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.vending.blocks.freezing import freeze
from chalicelib.usecases.vending.blocks.pausing import pause
from chalicelib.usecases.vending.run_cut_offs import finish_blocks
from tests.builders import LIFT_CODE, doing
from tests.rows import every
from tests.usecases.lost_answers import none_fails
from tests.usecases.vending.interleaving import (
    BLOCKS_FIRST,
    BLOCKS_LAST,
    CRASHED,
    all_interleavings,
)
from tests.usecases.vending.test_every_interleaving import (
    SETTLED,
    a_scene_for_two,
    assert_finds,
    assert_nothing_outlives,
    interleavings_of,
    lacks_its_outcome,
    without_second_decision,
    without_single_outcome,
)

CLIENTS_ACTOR = SystemActor(CLIENT, token_id="0a1b2c3d4e5f")
CODE_HASH = hash_of(LIFT_CODE)


def freeze_and_list(scene):
    """Freeze, and run the job a minute later. The clock moves only for this actor."""
    block = scene.do(freeze)
    return list_frozen(scene) or block


def list_frozen(scene):
    """Run the job until the list is complete."""
    now = scene.ports.now() + timedelta(minutes=1)
    ports = replace(scene.ports, now=lambda: now)
    finish_blocks(ports, time_left=lambda: 60.0, report_failure=none_fails)
    return ports.state.get(Block, "")


def pause_acme(scene):
    return pause(scene.ports, CLIENTS_ACTOR, "acme-prod", CODE_HASH)


BLOCKINGS = {
    "frozen": freeze_and_list,
    "paused": pause_acme,
}


def violations_in(run):
    """Return the violations in an interleaving whose last actor blocked the others' access."""
    *vends, last = run.actors
    if not isinstance(last.result, Block) or not last.result.is_finished:
        return []
    handed_over = {vend.result.vend for vend in vends if isinstance(vend.result, VendedSession)}
    violations = []
    if handed_over - run.issued_when_answered:
        violations.append("handed over after the answer")
    if last.result.listing.alive < len(handed_over):
        violations.append("handed over, and not counted as alive")
    settled = [entry for entry in run.world.entries if entry.outcome in SETTLED]
    if last.result.listing.alive > len(settled):
        violations.append("counted more than may be active")
    if CRASHED not in [vend.result for vend in vends] and lacks_its_outcome(run):
        violations.append("no outcome on the trail, or another than received")
    return violations


@every("facts", [BLOCKS_FIRST, BLOCKS_LAST])
@every("block", BLOCKINGS.values())
def test_one_vend_and_a_block(block, facts):
    runs = interleavings_of(block, "alice", facts=facts)
    assert_nothing_outlives(runs, 0, 1, violations=violations_in)


def test_two_vends_and_a_pause():
    runs = interleavings_of(pause_acme, "alice", "bob")
    assert_nothing_outlives(runs, violations=violations_in)


@pytest.mark.parametrize("remove", [without_second_decision, without_single_outcome])
@pytest.mark.parametrize("block", BLOCKINGS.values(), ids=BLOCKINGS)
def test_without_a_protection_the_search_finds_a_violation(block, remove, monkeypatch):
    remove(monkeypatch)
    assert_finds(interleavings_of(block, "alice", facts=BLOCKS_FIRST), violations=violations_in)


@every("block", [doing(freeze), pause_acme])
def test_two_at_once_give_one_block(block):
    for run in all_interleavings(a_scene_for_two, block, block):
        done = [actor.result for actor in run.actors if isinstance(actor.result, Block)]
        assert not any(isinstance(actor.result, Exception) for actor in run.actors)
        assert len({block.began_at for block in done}) <= 1
        stored = [item for item in run.world.items.values() if isinstance(item, Block)]
        entries = [entry.id for entry in run.world.entries]
        if done:
            (block,) = stored
            assert entries == [block.entry.id]
            assert len(block.locks) <= 1
        assert len(set(entries)) == len(entries) <= 1
