"""The month's report lists the sessions that the trail says were handed over in that month."""

import pytest

from chalicelib.domain.errors import NotFound
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.vends import build_outcome_entry
from chalicelib.usecases.evidence import report as report_module
from chalicelib.usecases.evidence.report import ReportQuery, read_report
from tests.builders import a_scene, an_intent
from tests.fakes import DAY, HOUR, NOON


def record_vends(scene, *ages, engagement="acme-prod"):
    """Record sessions that were issued so long ago, and after each an attempt that was refused."""
    for age in ages:
        for outcome in (Outcome.ISSUED, Outcome.FAILED):
            vend = f"{len(scene.entries):016x}"
            intent = an_intent(vend=vend, at=NOON - age, engagement=engagement)
            details = {
                "expires_at": "2026-11-24T13:00:00Z",
                "session_name": f"alice.{vend}",
                "access_key_id": "ASIA1",
            }
            made = build_outcome_entry(intent, outcome, at=intent.at, details=details)
            scene.world.entries += [intent, made]


def names(scene, month=""):
    report = read_report(scene.ports, "acme-prod", ReportQuery(month=month))
    return [session.session_name for session in report.sessions]


def test_a_report_has_the_months_sessions_oldest_first():
    scene = a_scene()
    record_vends(scene, 25 * DAY, 3 * DAY, DAY)
    record_vends(scene, DAY, engagement="globex")
    assert [len(names(scene, month)) for month in ("", "2026-11", "2026-10", "2026-12")] == [
        2,
        2,
        1,
        0,
    ]
    sessions = read_report(scene.ports, "acme-prod", ReportQuery()).sessions
    assert [session.began_at for session in sessions] == [NOON - 3 * DAY, NOON - DAY]


def test_of_more_sessions_than_an_answer_holds_the_latest_are_listed(monkeypatch):
    monkeypatch.setattr(report_module, "MAX_SESSIONS", 3)
    monkeypatch.setattr(report_module, "ENTRIES_READ", 2)
    scene = a_scene()
    record_vends(scene, 3 * DAY, 2 * DAY, DAY)
    assert read_report(scene.ports, "acme-prod", ReportQuery()).is_complete
    all_names = names(scene)
    record_vends(scene, HOUR)
    report = read_report(scene.ports, "acme-prod", ReportQuery())
    assert not report.is_complete
    assert [session.session_name for session in report.sessions][:2] == all_names[1:]


def test_an_unknown_engagement_has_no_report():
    with pytest.raises(NotFound):
        read_report(a_scene().ports, "nothing", ReportQuery())
