"""The outcome of a revocation in Slack says how far each cut-off is, after a few seconds."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.moments import utc_text
from chalicelib.domain.vending.cut_off.cut_offs import CutOffProblem, CutOffStatus
from chalicelib.domain.vending.cut_off.view import build_cut_off_view
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.engagements import revoke_engagement
from chalicelib.usecases.slack.commands.leads import TIME_TO_WAIT, describe_revocation
from tests.builders import a_cut_off, a_scene, role_cut_offs
from tests.fakes import NOON
from tests.usecases.lost_answers import DOWN


@pytest.fixture
def scene():
    return a_scene()


def stored_cut_off(role="readonly", **changes):
    """Return the cut-offs of the role, with one of alice's session."""
    fields = {"member": "alice", "revoked_at": NOON} | changes
    return role_cut_offs(a_cut_off(**fields), role=role)


def a_revocation(*stored):
    views = tuple(build_cut_off_view(role, each, NOON) for role in stored for each in role.cut_offs)
    empty = Revocation.from_sessions((), revoked_at=NOON, cut_off_at=NOON)
    return replace(empty, cut_offs=views, cut_off_count=len(views))


def pausing(scene, *steps):
    """Return ports whose pauses take a second. At each of the first ones, a step happens."""
    left = list(steps)

    def pause(_tries):
        scene.later(seconds=1)
        if left:
            left.pop(0)()

    return replace(scene.ports, pause=pause)


def test_a_cut_off_is_waited_for_until_it_is_seen(scene):
    requested = stored_cut_off()
    written = stored_cut_off(status=CutOffStatus.WRITTEN, written_at=NOON)
    seen = stored_cut_off(status=CutOffStatus.SEEN, seen_at=NOON)
    scene.add(requested)
    ports = pausing(scene, lambda: scene.add(written), lambda: scene.add(seen))
    summary, line = describe_revocation(ports, a_revocation(requested)).splitlines()
    assert summary.startswith("The revocation has taken effect.")
    assert "Daypass saw AWS deny its test session" in line
    assert scene.ports.now() == NOON + timedelta(seconds=2)


def test_a_cut_off_that_takes_longer_is_said_not_to_be_seen(scene):
    requested = stored_cut_off()
    scene.add(requested)
    text = describe_revocation(pausing(scene), a_revocation(requested))
    assert "are not cut off yet" in text
    assert scene.ports.now() == NOON + TIME_TO_WAIT


@pytest.mark.parametrize("by_client", [True, False])
def test_only_the_clients_cut_off_is_not_waited_for(scene, by_client):
    problem = CutOffProblem.CLIENT_MUST_WRITE if by_client else None
    stored = stored_cut_off(problem=problem)
    text = describe_revocation(pausing(scene), a_revocation(stored))
    assert (scene.ports.now() == NOON) == by_client
    assert ("in a terminal: daypass cut-offs acme-prod --commands" in text) == by_client
    assert "aws iam" not in text


def test_a_cut_off_that_is_no_longer_stored_stays_as_it_was(scene):
    requested = stored_cut_off()
    other = stored_cut_off(id="f" * 16, status=CutOffStatus.SEEN, seen_at=NOON)
    scene.add(other)
    assert "are not cut off yet" in describe_revocation(pausing(scene), a_revocation(requested))


def test_an_outage_does_not_hide_the_revocation(scene):
    requested = stored_cut_off()
    scene.fails_at("get_many", DOWN)
    text = describe_revocation(pausing(scene), a_revocation(requested))
    assert text.startswith("The revocation has taken effect.")
    assert "are not cut off yet" in text


def test_a_message_shows_few_of_many_cut_offs(scene):
    problem = CutOffProblem.CLIENT_MUST_WRITE
    many = [stored_cut_off(f"r{number}", problem=problem) for number in range(7)]
    lines = describe_revocation(pausing(scene), a_revocation(*many)).splitlines()
    assert len(lines) == 8
    assert lines[6] == "There are 2 more. To list all of them, type: daypass cut-offs"


def test_without_a_cut_off_the_summary_is_all(scene):
    revocation = a_revocation()
    assert describe_revocation(pausing(scene), revocation) == revocation.summary


def test_an_outcome_names_one_moment_until_which_sessions_may_be_alive(scene):
    scene.vend()
    revocation = scene.do(revoke_engagement, "acme-prod")
    text = describe_revocation(pausing(scene), revocation)
    assert text.count(f"until {utc_text(revocation.sessions[0].ends_by)}") == 2
