"""Each event of the trail in words, and the notification about it."""

from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from chalicelib.domain.evidence.events import BEGIN, END, MISSING, TYPED, Facts
from chalicelib.domain.evidence.sentences import TABLE, describe_entry
from chalicelib.domain.evidence.timeline import Show, list_events
from chalicelib.domain.notifications.recorded import build_notification, find_alerts
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.vends import Vend
from tests.domain.evidence.samples import ALERTS, GOLDEN, LINES, NOTIFYING, SAMPLES, entry
from tests.golden import hold_against_file
from tests.rows import every

OWN_SENTENCES = ("done", "refused", "failed", "intended", "issued", "withheld")


def in_words(sample):
    lines = [describe_entry(sample).text]
    notification = build_notification(sample)
    if notification is not None:
        member = f" @{notification.member}" * bool(notification.member)
        lines += [f"  {notification.title}{member}", f"  {notification.text}"]
        lines += [f"  [once an hour: {notification.key}]"] * (notification.until != sample.at)
        lines += [f"  [alert: {alert}]" for alert in notification.alerts]
        lines += [f"  [to decide: {notification.effect}]"] * bool(notification.request)
        lines += [f"  [channel of {notification.engagement}]"] * bool(notification.engagement)
    return lines


def test_the_texts_of_all_events():
    blocks = (
        "\n".join([line, *in_words(sample)]) for line, sample in zip(LINES, SAMPLES, strict=True)
    )
    texts = "\n\n".join(blocks)
    assert "(not recorded)" not in texts  # a sample has all values that its sentence shows
    hold_against_file(GOLDEN, texts)


def test_every_event_has_a_sentence_and_a_sample_for_each_sentence():
    assert TABLE.keys() == set(Action)
    sampled = {(sample.action, sample.outcome.value) for sample in SAMPLES}
    written = {
        (sample.action, outcome)
        for sample in SAMPLES
        for outcome in OWN_SENTENCES
        if getattr(TABLE[sample.action](Facts(sample)), outcome)
    }
    assert sorted(written - sampled) == []
    assert sorted(set(Action) - {action for action, _ in written}) == []


@every("outcome", Outcome)
@every("action", Action)
def test_an_entry_without_details_has_a_sentence_too(action, outcome):
    text = describe_entry(entry(action, outcome=outcome)).text
    assert text[-1] in ".)"
    assert "None" not in text


def test_a_missing_value_is_called_missing():
    revoked = entry("token.revoke")
    assert describe_entry(revoked).text == "lena revoked their own token (not recorded)."


def test_a_reason_of_a_later_version_is_shown_as_its_code():
    refused = entry("read", reason="of-a-later-version", outcome="refused")
    assert describe_entry(refused).text.endswith("The error code was of-a-later-version.")


def a_vend(outcome, **details):
    facts = {"actor": "alice", "engagement": "acme-prod", "role": "readonly"}
    terms = {"duration": "3600", "said": "ticket 7", "access": "read-only"}
    intent = entry("vend", terms, outcome="intended", **facts)
    if outcome is None:
        return Vend(intent=intent)
    ended = entry("session.end", {"session_name": "alice.5f"}, **facts)
    end = entry("vend", details, outcome=outcome, **facts)
    return Vend(intent=intent, outcome=end, given_back=ended if details else None)


def test_a_vend_is_one_sentence_that_claims_no_more_than_its_outcome():
    issued = a_vend("issued", session_name="alice.5f", expires_at="2026-11-24T13:00:00Z")
    ends = a_vend("withheld", closed_by="lena"), a_vend("failed"), a_vend(None)
    lines = []
    for vend in (issued, *ends):
        entries = [replace(each, vend="5f" * 8) for each in vend.entries]
        (event,) = list_events(reversed(entries), Show.EVERYTHING)
        assert list(event.entries) == entries
        lines.append(f"{event.outcome}: {event.what.text} Why: {event.why.text}")
    hold_against_file("vends.txt", "\n".join(lines))


_TEXTS = some.text(max_size=60) | some.sampled_from(
    [*"{}<>*_", BEGIN, END, MISSING, "2026-11-24T", "0001-01-01T00:00", "9" * 40, "שלום", "None"]
)


@given(some.sampled_from(SAMPLES), some.data())
def test_a_value_stays_a_value_whatever_it_holds(sample, data):
    """No entry breaks its row, and nothing typed is among the words of a sentence."""
    details = {name: data.draw(_TEXTS) for name in sample.details if data.draw(some.booleans())}
    field = data.draw(some.sampled_from(["engagement", "role", "subject", "token", "address"]))
    changed = replace(
        sample, details=details, actor=data.draw(_TEXTS), **{field: data.draw(_TEXTS)}
    )
    sentence = describe_entry(changed)
    words = "".join(part.text for part in sentence.parts if not part.is_value)
    assert not set("{}<>*_ש") & set(words)
    assert "".join(part.text for part in sentence.parts) == sentence.text
    assert not set(sentence.text + notice_text(changed)) & {BEGIN, END, "\n"}
    assert {raised.at for raised in find_alerts(changed)} <= {sample.at}


def notice_text(recorded):
    notification = build_notification(recorded)
    return notification.title + notification.text if notification else ""


@every("sample", NOTIFYING)
def test_a_notification_contains_nothing_that_a_person_typed_freely(sample):
    """Mail programs turn typed text into links. The reason stands apart, for Slack to quote."""
    link = "https://evil.example"
    typed = {name: link for detail in TYPED for name in (detail, f"former_{detail}")}
    if sample.action == "approval-policy.change":
        del typed["client"], typed["former_client"]  # whether the client must approve
    notification = build_notification(replace(sample, details={**sample.details, **typed}))
    assert "evil" not in f"{notification.title}{notification.text}{notification.effect}"
    assert notification.why == link


@every("length", [64, 65])
def test_a_long_value_is_cut_and_pushes_out_no_other(length):
    revoked = entry("member.revoke", {"said": "x" * 5000}, subject="m" * length)
    cut = "m" * 64 if length == 64 else "m" * 63 + "…"
    notification = build_notification(revoked)
    assert notification.title == f"{cut} was suspended"
    assert notification.text.startswith(f"lena suspended {cut}. All of {cut}'s tokens")
    assert len(describe_entry(revoked).text) < 400


@every("name", ALERTS)
def test_an_alert_says_where_it_was_and_who_did_it_from_where(name):
    sample = replace(ALERTS[name], address="203.0.113.7")
    raised = find_alerts(sample)[0]
    assert (raised.alert, raised.at) == (name, sample.at)
    assert (raised.engagement, raised.role) == (sample.engagement, sample.role)
    assert raised.member in (sample.subject, sample.actor, "")
    assert raised.text.endswith(" from 203.0.113.7.")


@every("sample", NOTIFYING)
def test_each_event_is_one_notice_unless_someone_can_repeat_it_at_will(sample):
    first, second = map(build_notification, (sample, replace(sample, id="0" * 16)))
    assert (first.key == second.key) is (first.until > sample.at)
    assert (first.at, first.entry) == (sample.at, sample.id)
