"""Revoked means revoked: the use cases' code in every order of their steps.

The actors are one or two vends, and a revocation or another change that ends their access. Each may
crash before any step. Open vends are read in two pages, and access facts in two parts. The last
tests remove one protection each: the second access decision, the single outcome, the stops, an
item's version, a link's conditional write. The same search must then find a violation.
"""

from collections import Counter

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.access import decide_access
from chalicelib.domain.vending.sessions import Revocation, SessionStatus
from chalicelib.domain.vending.vends import VendedSession, build_outcome_entry
from chalicelib.usecases.engagements.engagements import change_engagement, reopen_engagement
from chalicelib.usecases.vending import end_session
from chalicelib.usecases.vending import vend as vending
from chalicelib.usecases.vending import vend_by_link as by_link
from tests.builders import a_grant, a_role, doing
from tests.fakes import FakeState, FakeTrail
from tests.rows import every
from tests.usecases.vending import interleaving
from tests.usecases.vending.interleaving import (
    CRASHED,
    ITEMS_FIRST,
    STOPS_FIRST,
    all_interleavings,
    stops_of,
)
from tests.usecases.vending.linking import a_scene_in_slack, pressed
from tests.usecases.vending.revocations import (
    CHANGES,
    ENDS_BY_LINK,
    LINK_CHANGES,
    LINK_REVOCATIONS,
    REVOCATIONS,
    SESSION_ENDS,
    SEVERAL,
    a_scene_with_two_roles,
)

ENDS = REVOCATIONS | CHANGES
"""Each way to end the access of a token. ENDS_BY_LINK has those for an access link."""
HANDED_OVER = (SessionStatus.LIVE, SessionStatus.GIVEN_BACK, SessionStatus.REVOKED)
ENDS_OF_A_LINK = LINK_REVOCATIONS | LINK_CHANGES


def a_scene_for_two():
    scene = a_scene_with_two_roles()
    scene.add(a_grant("bob"), a_role())
    return scene


def a_scene_of_links():
    return a_scene_in_slack(a_role("deploy"))


def vended_to(member):
    return lambda s: s.vend(member)


def violations_in(run):
    """Return the violations in an interleaving whose last actor ended the others' access."""
    *vends, last = run.actors
    if isinstance(last.result, Exception) or last.result == CRASHED:
        return []
    handed_over = {vend.result.vend for vend in vends if isinstance(vend.result, VendedSession)}
    violations = []
    late = handed_over - run.issued_when_answered
    if late:
        violations.append("handed over after the answer")
    if isinstance(last.result, Revocation):
        listed = {session.vend: session.status for session in last.result.sessions}
        live = {vend for vend, status in listed.items() if status in HANDED_OVER}
        if handed_over - live:
            violations.append("handed over, and not in the answer as live")
        if "unknown" in listed.values():
            violations.append("left open")
        if any(listed.get(vend) != "withheld" for vend in withheld_by_revocation(run)):
            violations.append("withheld by the revocation, and not in the answer as withheld")
    if CRASHED not in [vend.result for vend in vends] and lacks_its_outcome(run):
        violations.append("no outcome on the trail, or another than received")
    return violations


def withheld_by_revocation(run):
    """Return the vends whose outcome the revocation recorded."""
    return {entry.vend for entry in run.world.entries if "closed_by" in entry.details}


def lacks_its_outcome(run):
    """Return whether a vend lacks its outcome, or has another outcome than the vend returned."""
    entries = [entry for entry in run.world.entries if entry.action is Action.VEND]
    by_outcome = Counter(entry.outcome for entry in entries)
    intended = {entry.vend for entry in entries if entry.outcome == "intended"}
    settled = [entry.vend for entry in entries if entry.outcome in SETTLED]
    rest = by_outcome[Outcome.WITHHELD] + by_outcome[Outcome.REFUSED] + refused_link_uses(run)
    received = sessions_in(run)
    as_received = (by_outcome[Outcome.ISSUED], rest) == (received, len(run.actors) - 1 - received)
    return not as_received or sorted(settled) != sorted(intended)


SETTLED = (Outcome.ISSUED, Outcome.WITHHELD)


def refused_link_uses(run):
    """Return how many uses of a link were refused before a vend began."""
    return sum(
        entry.action is Action.ACCESS_LINK_USE and entry.outcome == "refused"
        for entry in run.world.entries
    )


def interleavings_of(end, *members, facts=()):
    return list(all_interleavings(a_scene_for_two, *map(vended_to, members), end, facts=facts))


def interleavings_by_link(*acts, facts=()):
    return list(all_interleavings(a_scene_of_links, *acts, facts=facts))


def assert_nothing_outlives(runs, *sessions, violations=violations_in, refusals=()):
    """Require that no run has a violation, that all together have these numbers of sessions, if
    any are given, and that the last actor was refused with these errors only."""
    assert {run.order: violations(run) for run in runs if violations(run)} == {}
    assert not sessions or {sessions_in(run) for run in runs} == {*sessions}
    last = [run.results[-1] for run in runs]
    assert {type(each) for each in last if isinstance(each, Exception)} == {*refusals}


def assert_finds(runs, violation="handed over after the answer", violations=violations_in):
    """Require that the search finds this violation, once a protection is removed."""
    assert any(violation in violations(run) for run in runs)


def sessions_in(run):
    return sum(isinstance(actor.result, VendedSession) for actor in run.actors)


@every("facts", [ITEMS_FIRST, STOPS_FIRST])
@every("end", ENDS.values())
def test_one_vend_and_each_end_of_its_access(end, facts):
    assert_nothing_outlives(interleavings_of(end, "alice", facts=facts), 0, 1)


@every("end", SEVERAL.values())
def test_one_vend_and_a_revocation_of_several_items(end):
    assert_nothing_outlives(interleavings_of(end, "alice"), 0, 1)


@every("end", SESSION_ENDS.values())
def test_one_vend_and_the_end_of_its_session(end):
    runs = interleavings_of(end, "alice", facts=ITEMS_FIRST)
    assert_nothing_outlives(runs, 0, 1, refusals=[NotFound])  # before the intent


@every("end", SESSION_ENDS.values())
def test_the_end_of_one_session_withholds_no_other(end):
    for run in all_interleavings(a_scene_for_two, vended_to("alice"), vended_to("alice"), end):
        other = run.results[1]
        assert isinstance(other, VendedSession) or other == CRASHED


@pytest.mark.parametrize("end", SESSION_ENDS.values(), ids=SESSION_ENDS)
def test_without_withholding_the_search_finds_a_session_that_outlives_its_end(end, monkeypatch):
    def withhold_nothing(ports, by, intent, action):
        return build_outcome_entry(intent, Outcome.WITHHELD, at=ports.now())

    monkeypatch.setattr(end_session, "_withhold", withhold_nothing)
    assert_finds(interleavings_of(end, "alice"))


@every("end", ENDS_BY_LINK.values())
def test_a_vend_by_a_link_and_each_end_of_its_access(end):
    assert_nothing_outlives(interleavings_by_link(pressed, end), 0, 1)


@every(
    "end, members",
    [
        ("grant revoked", ("alice", "alice")),
        ("engagement revoked", ("alice", "bob")),
    ],
)
def test_two_vends_and_a_revocation(end, members):
    assert_nothing_outlives(interleavings_of(REVOCATIONS[end], *members))


def test_two_tabs_and_a_revocation():
    runs = interleavings_by_link(pressed, pressed, LINK_REVOCATIONS["link revoked by its member"])
    assert_nothing_outlives(runs, 0, 1)


def test_one_of_two_tabs_gets_the_session_unless_a_tab_crashed():
    for run in interleavings_by_link(pressed, pressed):
        assert sessions_in(run) == 1 or CRASHED in run.results
        assert len(run.world.issued) <= 1


rename = doing(change_engagement, "acme-prod", ChangeEngagement(client="Acme Ltd"))


HARMLESS = {
    "a vend": vended_to("bob"),
    "another vend of her own": vended_to("alice"),
    "a change of name": rename,
}


@every("meanwhile", HARMLESS.values())
def test_another_vend_or_a_harmless_change_refuses_no_vend(meanwhile):
    for run in interleavings_of(meanwhile, "alice"):
        for actor in run.actors:
            assert not isinstance(actor.result, Exception)


@every("end", ENDS_OF_A_LINK.values())
def test_revoking_a_link_withholds_no_vend_by_a_token(end):
    scene = a_scene_of_links()
    scene.just_before("issue", lambda: end(scene))
    vended_to("alice")(scene)


def reopen(scene):
    reopened = scene.do(reopen_engagement, "acme-prod")
    if not reopened.stop:  # it was open: nothing was undone
        raise Conflict(Reason.NOT_ENDED)
    return reopened


def is_restored(run):
    """Return whether a revocation is in force again although the last actor undid it.

    A later revocation has a new stop and does not count.
    """
    (stop,) = stops_of(run.world).values()
    engagement = run.world.ports().state.get(Engagement, "acme-prod")
    assert engagement is not None
    return engagement.revoked_at is not None and stop.id in run.stops_when_answered


MEANWHILE = {"revoked again": REVOCATIONS["engagement revoked"], "renamed": rename}


@every("meanwhile", MEANWHILE.values())
def test_a_revocation_holds_until_it_is_undone_and_no_late_write_restores_it(meanwhile):
    ends = REVOCATIONS["engagement revoked"]
    undone = 0
    for run in all_interleavings(a_scene_for_two, ends, meanwhile, reopen):
        state = run.world.ports().state.get(Engagement, "acme-prod")
        if isinstance(run.results[2], Engagement):
            undone += 1
            assert not is_restored(run), run.order
        elif any(isinstance(actor.result, Revocation) for actor in run.actors):
            assert state is not None
            assert state.revoked_at is not None, run.order
    assert undone


def without_second_decision(patch):
    patch.setattr(vending, "_find_reason_to_withhold", lambda *_: None)


def without_single_outcome(patch):
    def write_unconditionally(self, intent, outcome):
        self._world.entries.append(outcome)
        return outcome

    patch.setattr(FakeTrail, "put_outcome", write_unconditionally)


def without_stops(patch):
    patch.setattr(interleaving, "with_stop", lambda item, _stop: item)


REMOVALS = [without_second_decision, without_single_outcome, without_stops]


@pytest.mark.parametrize("remove", REMOVALS)
def test_without_a_protection_the_search_finds_a_violation(remove, monkeypatch):
    remove(monkeypatch)
    assert_finds(interleavings_of(REVOCATIONS["grant revoked"], "alice", facts=ITEMS_FIRST))


def test_without_versions_the_search_finds_a_restored_revocation(monkeypatch):
    def write_unconditionally(self, items):
        self._world.add(*items)

    monkeypatch.setattr(FakeState, "_write", write_unconditionally)
    ends = REVOCATIONS["engagement revoked"]
    runs = all_interleavings(a_scene_for_two, ends, reopen)
    assert any(is_restored(run) for run in runs if isinstance(run.results[1], Engagement))


def test_without_the_conditional_write_the_search_finds_two_sessions(monkeypatch):
    def write_nothing(ports, *arguments, **keywords):
        """Let each tab believe that it was the first to use the link."""

    def as_if_used(facts, *rest, **keywords):
        used = facts.link.mark_used(facts.link.created_at)
        return decide_access(replace(facts, link=used), *rest, **keywords)

    monkeypatch.setattr(by_link, "write", write_nothing)
    monkeypatch.setattr(vending, "decide_access", as_if_used)
    assert any(sessions_in(run) == 2 for run in interleavings_by_link(pressed, pressed))
