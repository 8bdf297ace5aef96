"""Sessions that may be active, a revocation's report on them, and the outcome of a vend."""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.moments import last_moment_text
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.cut_off.view import build_cut_off_view
from chalicelib.domain.vending.sessions import (
    Revocation,
    SessionEnd,
    SessionStatus,
    find_alive_sessions,
    merge_revocations,
    with_cut_offs,
)
from chalicelib.domain.vending.vends import build_outcome_entry
from tests.builders import NOON, a_cut_off, a_seen_cut_off, role_cut_offs
from tests.domain.vending.sessions_table import INTENT, ISSUED, an_entry


def test_each_vend_is_one_session_and_the_last_to_end_comes_first():
    bobs = an_entry(Outcome.INTENDED, vend="v2", actor="bob", role="deploy")
    soon = replace(ISSUED, details={"expires_at": "2026-11-24T12:01:00Z"})
    later = replace(INTENT, vend="v3", at=NOON + timedelta(seconds=10))
    with_reason = replace(INTENT, details={**INTENT.details, "said": "INC-7"})
    sessions = find_alive_sessions([soon, bobs, with_reason, later], NOON)
    assert [session.reason for session in sessions] == ["", "", "INC-7"]
    assert [(s.vend, s.member, s.role) for s in sessions] == [
        ("v3", "alice", "readonly"),
        ("v2", "bob", "deploy"),
        ("v1", "alice", "readonly"),
    ]


def revocation_of(count):
    """Return the report when this many sessions may be active, all but one of them withheld."""
    intents = [replace(INTENT, vend=f"v{n}", at=NOON - timedelta(seconds=n)) for n in range(count)]
    withheld = [replace(intent, outcome=Outcome.WITHHELD) for intent in intents[1:]]
    sessions = find_alive_sessions([*intents, *withheld], NOON)
    until = NOON + timedelta(seconds=6)
    return Revocation.from_sessions(sessions, revoked_at=NOON, cut_off_at=until)


def test_a_revocation_without_live_sessions_reports_none():
    revocation = revocation_of(0)
    assert (revocation.alive, revocation.status_counts) == (0, {})
    assert (revocation.sessions, revocation.last_moment) == ((), None)
    assert revocation.message == "The revocation has taken effect. No session is active."


def test_a_revocation_reports_the_sessions_their_last_end_and_how_to_end_them_sooner():
    revocation = revocation_of(200)
    assert (revocation.alive, len(revocation.sessions)) == (200, 200)
    assert revocation.status_counts == {SessionStatus.UNKNOWN: 1, SessionStatus.WITHHELD: 199}
    last_moment = max(session.ends_by for session in revocation.sessions)
    assert revocation.last_moment == last_moment
    assert revocation.message == (
        "The revocation has taken effect. 200 sessions may still be active until"
        f" {last_moment_text(last_moment)}. AWS cannot revoke credentials that it has issued."
        " Only the client can end them sooner, by denying all requests with credentials issued at"
        " or before 2026-11-24T12:00:06Z."
    )


def test_a_revocation_lists_200_sessions_and_names_the_route_that_lists_all():
    full, truncated = revocation_of(200), revocation_of(201)
    assert (truncated.alive, truncated.sessions) == (201, full.sessions)
    assert truncated.message == (
        f"{truncated.summary} This response lists only the 200 sessions that end last. GET"
        " /v1/sessions lists all."
    )
    assert "/v1/" not in truncated.summary


def test_a_session_that_was_given_back_with_no_session_alive_says_no_more():
    end = SessionEnd.from_sessions((), revoked_at=NOON, cut_off_at=NOON)
    assert end.message == "Given back."


def test_merged_revocations_list_a_shared_session_once_and_count_what_each_left_out():
    many, few = revocation_of(205), revocation_of(3)
    merged = merge_revocations([many, few])
    assert (merged.alive, len(merged.sessions)) == (205, 200)
    assert merged.status_counts == {SessionStatus.UNKNOWN: 1, SessionStatus.WITHHELD: 204}
    assert merged.last_moment == many.last_moment
    assert merge_revocations([]) is None


def test_a_merged_revocation_has_the_latest_moments_and_every_gap():
    late, later = NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)
    plain = revocation_of(1)
    cases = (
        (plain, (None, False, plain.cut_off_at)),
        (replace(plain, changes_until=late), (late, False, plain.cut_off_at)),
        (replace(plain, changes_until=later), (later, False, plain.cut_off_at)),
        (replace(plain, cut_offs_missing=True), (later, True, plain.cut_off_at)),
        (replace(plain, cut_off_at=later), (later, True, later)),
        (plain, (later, True, later)),
    )
    for count, (_, expected) in enumerate(cases, 1):
        merged = merge_revocations([each for each, _ in cases[:count]])
        assert merged is not None
        assert (merged.changes_until, merged.cut_offs_missing, merged.cut_off_at) == expected


def a_view(role, cut_off):
    return build_cut_off_view(role_cut_offs(cut_off, role=role), cut_off, NOON)


def test_a_revocation_lists_200_cut_offs_and_counts_all():
    views = [a_view(f"role-{number}", a_cut_off()) for number in range(203)]
    first = with_cut_offs(revocation_of(1), views[:202])
    assert (first.cut_off_count, first.cut_offs) == (202, tuple(views[:200]))
    both = with_cut_offs(first, [views[0], views[202]], is_complete=False)
    assert (both.cut_off_count, len(both.cut_offs)) == (203, 200)
    assert (first.cut_offs_missing, both.cut_offs_missing) == (False, True)
    assert with_cut_offs(both, []).cut_offs_missing


def test_a_cut_off_of_each_role_is_listed_once_as_it_is_now():
    requested, seen = a_cut_off(), a_seen_cut_off()
    views = [
        a_view(role, cut_off)
        for role, cut_off in (("readonly", requested), ("deploy", requested), ("readonly", seen))
    ]
    revocation = with_cut_offs(with_cut_offs(revocation_of(1), views[:2]), views[2:])
    assert revocation.cut_off_count == 2
    assert [(each.role, each.status) for each in revocation.cut_offs] == [
        ("readonly", "seen"),
        ("deploy", "requested"),
    ]


def test_an_outcome_repeats_the_intents_fields_under_its_own_id():
    later = NOON + timedelta(seconds=2)
    name = {"session_name": INTENT.details["session_name"]}
    issued = replace(INTENT, id="v1-outcome", at=later, outcome=Outcome.ISSUED, details=name)
    assert build_outcome_entry(INTENT, Outcome.ISSUED, at=later) == issued
    reason, details = "grant-not-current", {"closed_by": "lena"}
    withheld = build_outcome_entry(
        INTENT, Outcome.WITHHELD, at=later, reason=reason, details=details
    )
    changes = {"outcome": Outcome.WITHHELD, "reason": reason, "details": name | details}
    assert withheld == replace(issued, **changes)
