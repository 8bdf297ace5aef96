"""Mentions, near ends and expired requests, which have no trail entry. Each grave event reaches the
alarm mailbox by itself, and every lead in Slack."""

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.notifications.notify import RunSummary, count_expired_requests
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from tests.builders import a_binding, a_request, a_request_id, an_engagement, leads
from tests.fakes import DAY, MINUTE, NOON, SECOND
from tests.rows import every
from tests.usecases.notifications.notifying import NotifyScene, scene_with_suspended
from tests.usecases.unreadable import UNAVAILABLE, cannot_read, lists_still

NEW = {"hash": "c" * 64, "subject": "U0NEW", "created_at": NOON}


@every(
    "bindings, mention",
    [
        ([a_binding()], " U0ALICE"),
        ([a_binding(), a_binding(**NEW)], " U0NEW"),
        ([a_binding(issuer="slack:T0OTHER")], ""),
        ([a_binding(issuer="https://login.example.com")], ""),
        ([a_binding(revoked_at=NOON)], ""),
        ([a_binding(expires_at=NOON)], ""),
        ([a_binding("bob")], ""),
    ],
)
def test_the_user_of_the_latest_binding_in_the_firms_workspace_is_mentioned(bindings, mention):
    notifying = NotifyScene()
    notifying.world.add(*bindings)
    notifying.run()
    notifying.happens("alice", action="token.revoke")
    notifying.a_minute_later()
    assert notifying.channel.delivered == [f"One of alice's tokens was revoked{mention}"]


def test_a_suspended_member_is_mentioned_although_their_binding_ended():
    notifying = NotifyScene()
    notifying.world.add(a_binding())
    notifying.run()
    notifying.scene.do(revoke_member, "alice")
    notifying.a_minute_later()
    notifying.scene.do(reinstate_member, "alice")
    notifying.a_minute_later()
    assert notifying.channel.delivered == ["alice was suspended U0ALICE", "alice was reinstated"]


def ending(notifying, days, id="soon"):
    engagement = an_engagement(id, external_id=f"daypass-{id}", ends_at=NOON + days * DAY)
    notifying.world.add(engagement)


def test_near_ends_are_checked_once_an_hour():
    notifying = scene_with_suspended()
    ending(notifying, 3)
    notifying.a_minute_later(59)
    assert notifying.sent == []
    notifying.a_minute_later(1)
    assert notifying.sent == ["soon ends within 3 days"]


def test_an_end_is_notified_14_3_and_1_days_before_each_time_once():
    notifying = NotifyScene()
    ending(notifying, 15)
    for _ in range(15):
        for pause in (DAY, 61 * MINUTE):
            notifying.world.clock += pause
            notifying.run()
    warnings = ["soon ends within 14 days", "soon ends within 3 days", "soon ends within a day"]
    assert notifying.sent == warnings


def test_a_list_that_lags_tells_no_end_that_is_none_any_more():
    notifying = NotifyScene()
    ending(notifying, 3)
    stale = notifying.scene.ports.state.list(Engagement, limit=100)
    later = ChangeEngagement(ends_at=NOON + 50 * DAY)
    notifying.scene.do(change_engagement, "soon", later)
    lists_still(notifying.scene, Engagement, stale)
    notifying.a_minute_later()
    assert notifying.sent == ["soon was renewed"]


def test_only_the_earliest_ends_are_notified_if_there_are_too_many(monkeypatch):
    monkeypatch.setattr("chalicelib.usecases.notifications.channel_run.MAX_AHEAD", 2)
    notifying = NotifyScene()
    for number in (3, 1, 2, 4):
        ending(notifying, number / 8, f"e{number}")
    notifying.run()
    assert notifying.sent == ["e1 ends within a day", "e2 ends within a day"]
    notifying.world.later(hours=3, minutes=20)
    notifying.a_minute_later(60)
    assert notifying.sent[2:] == ["e3 ends within a day"]


def expiring(number, seconds, **changes):
    """Return a request that expires this many seconds after noon."""
    expires_at = NOON + seconds * SECOND
    return a_request(id=a_request_id(number=number), expires_at=expires_at, **changes)


def test_each_request_that_no_one_decided_is_counted_once():
    notifying = NotifyScene()
    expiries = [0, 1, 59, 60, 61, 150, 3600]
    notifying.world.add(*(expiring(number, at) for number, at in enumerate(expiries)))
    decided = (status for status in RequestStatus if status != "waiting")
    notifying.world.add(*(expiring(n, 30, status=status) for n, status in enumerate(decided, 50)))
    notifying.world.later(seconds=1)
    counts = [notifying.a_minute_later().expired for _ in range(5)]
    assert counts == [3, 2, 1, 0, 0]


def test_a_request_whose_decision_the_list_does_not_show_yet_is_not_counted():
    notifying = NotifyScene()
    notifying.world.add(expiring(1, 30))
    listed = notifying.scene.ports.state.list(AccessRequest, limit=10)
    notifying.world.add(expiring(1, 30, status=RequestStatus.APPROVED))
    lists_still(notifying.scene, AccessRequest, listed)
    notifying.world.later(minutes=1)
    assert count_expired_requests(notifying.scene.ports) == 0


def test_if_the_list_cannot_be_read_people_are_notified_all_the_same():
    notifying = NotifyScene()
    notifying.run()
    notifying.happens("alice")
    cannot_read(notifying.scene, AccessRequest)
    assert notifying.a_minute_later().sent == 1
    assert UNAVAILABLE in notifying.errors


def telling_leads():
    """Return Slack and the alarm mailbox. lena, luis and mallory lead, and two are in Slack."""
    notifying = NotifyScene("alarm")
    notifying.world.add(*leads("luis", "mallory"), a_binding("lena"), a_binding("luis"))
    notifying.run()
    return notifying


def test_suspending_a_lead_tells_every_lead_and_the_alarm_mailbox_who_did_it():
    notifying = telling_leads()
    slack, alarms = notifying.channels
    notifying.scene.do(revoke_member, "lena", by="mallory")
    notices = []
    alarms.result_for = lambda notice: notices.append(notice) or slack.result_for(notice)
    notifying.a_minute_later()
    # The notification is about lena. Of the other leads, only luis is bound in Slack.
    assert slack.delivered == ["lena was suspended U0LENA U0LUIS"]
    assert alarms.delivered == ["lena was suspended"]
    (notice,) = notices
    assert notice.text.startswith("mallory suspended lena")
    assert notice.origin == "mallory from 203.0.113.7"


def test_events_without_an_alert_and_near_ends_reach_only_the_channel():
    notifying = telling_leads()
    notifying.happens("alice")
    assert notifying.a_minute_later() == RunSummary(sent=1)
    notifying.world.later(days=25)  # acme-prod ends in five
    notifying.run()
    slack, alarms = notifying.channels
    assert slack.delivered[0] == "alice was suspended"
    assert "acme-prod ends within 14 days" in slack.delivered
    assert alarms.delivered == []
