"""Each grave event reaches the alarm mailbox by itself, and every lead in Slack."""

from chalicelib.domain.notifications.notification import ChannelKind
from chalicelib.usecases.notifications.notify import RunSummary
from chalicelib.usecases.people.members import revoke_member
from tests.builders import a_binding, leads
from tests.usecases.notifications.notifying import NotifyScene


def telling_leads():
    """Return Slack and the alarm mailbox. lena, luis and mallory lead, and two are in Slack."""
    notifying = NotifyScene(ChannelKind.ALARM)
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
