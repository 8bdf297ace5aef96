"""Cut-offs are checked beside roles: after a lead's check, a client's, and once a day."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.usecases.onboarding.client_page import check_by_client
from chalicelib.usecases.verification.verify import check_role
from tests.builders import LINK_TEXT, ROLE_ARN, a_role
from tests.fakes import FakeRole
from tests.rows import every
from tests.usecases.lost_answers import DOWN
from tests.usecases.verification.cut_off.braked import (
    CUT_OFF_ID,
    NAMES,
    TRUSTED,
    braked,
    proof_of,
)
from tests.usecases.verification.probing import Probing, Unanswered, answered_by
from tests.usecases.verification.sweep.sweeps import Sweeping, countdown


def by_lead(scene):
    scene.do(check_role, "acme-prod", "readonly")


def by_client(scene):
    check_by_client(scene.ports, LINK_TEXT, address="203.0.113.7")


def by_sweep(scene):
    assert Sweeping(scene).run().ended == "all-done"


CHECKS = [by_lead, by_client, by_sweep]


def checks_of_cut_offs(scene):
    return [entry.outcome for entry in scene.entries if entry.action == "cut-off.check"]


@every("check", CHECKS)
def test_every_check_of_a_role_checks_its_cut_off(check):
    scene = braked()
    check(scene)
    proof = proof_of(scene)
    assert (proof.results, proof.checked_at) == (TRUSTED, scene.clock)


@every("check", CHECKS)
def test_a_role_keeps_its_result_if_its_cut_off_has_none(check):
    scene = braked()
    check(answered_by(Unanswered(scene.world, NAMES.cut_off_role_arn), scene))
    assert proof_of(scene) is None
    assert checks_of_cut_offs(scene) == ["intended", "failed"]
    assert "role.verify done" in scene.story()


def test_a_check_without_time_leaves_the_cut_off_to_the_next_one():
    scene = braked()
    by_lead(answered_by(Probing(scene.world, lambda _: scene.later(seconds=1)), scene))
    assert checks_of_cut_offs(scene) == []


def test_a_check_of_a_cut_off_that_takes_too_long_is_broken_off():
    scene = braked()

    def slow(sent):
        if sent.role_arn == NAMES.cut_off_role_arn:
            scene.later(seconds=4)

    sts = Probing(scene.world, slow)
    by_lead(answered_by(sts, scene))
    assert [probe.role_arn for probe in sts.sent].count(NAMES.cut_off_role_arn) == 4
    assert checks_of_cut_offs(scene) == ["intended", "failed"]


def test_a_lead_learns_that_the_tables_are_unavailable():
    scene = braked()
    scene.just_before("change", lambda: scene.fails_at("change", DOWN))
    with pytest.raises(Unavailable):
        by_lead(scene)


def test_a_second_role_is_checked_although_the_first_was_changed_meanwhile():
    scene = braked()
    arn = f"{ROLE_ARN}2"
    scene.add(a_role("second", arn=arn, verification=None))
    scene.world.roles[arn] = FakeRole(scene.world.roles[ROLE_ARN].external_id)
    scene.world.iam.create_brake(arn, CUT_OFF_ID)

    def interfere(sent):
        role = scene.stored(Role, "acme-prod", "readonly")
        if sent.role_arn == NAMES.cut_off_role_arn:
            scene.add(replace(role, version=role.version + 1))

    by_client(answered_by(Probing(scene.world, interfere), scene))
    assert proof_of(scene) is None
    assert "done" in checks_of_cut_offs(scene)


def test_sweep_begins_no_check_of_a_cut_off_without_enough_time():
    scene = braked()
    sweeping = Sweeping(scene)
    sweeping.run()
    scene.later(hours=5)
    del scene.entries[:]
    # acme-prod's role is checked, and the time is over when its cut-off would be.
    summary = sweeping.run(time_left=countdown(300.0, 300.0, 100.0))
    assert (summary.ended, summary.checked) == ("out-of-time", 1)
    assert checks_of_cut_offs(scene) == []
    summary = sweeping.run()
    assert (summary.ended, summary.checked) == ("all-done", 0)
    assert checks_of_cut_offs(scene) == ["intended", "done"]


def test_sweep_does_not_check_the_cut_off_of_a_role_that_does_not_exist_yet():
    scene = braked()
    scene.add(a_role(verification=None))
    by_sweep(scene)
    assert checks_of_cut_offs(scene) == []


def test_a_failed_cut_off_check_is_full_again_the_next_day():
    scene = braked()
    sweeping = Sweeping(scene)
    del scene.world.iam.cut_off_roles[NAMES.cut_off_role_arn]
    sweeping.run()
    scene.world.iam.create_brake(ROLE_ARN, CUT_OFF_ID)
    sweeping.run_later(days=1)
    proof = proof_of(scene)
    assert (proof.results, proof.full_check_at) == (TRUSTED, scene.clock)
