"""Approvers are mentioned in their order, and a member hears that no one decided their request."""

from datetime import timedelta

from chalicelib.domain.notifications.notification import ChannelKind
from chalicelib.domain.requests.effects import build_expiry_notification
from chalicelib.domain.requests.policies import ApprovalPolicy, Naming
from chalicelib.domain.requests.requests import AccessRequest, ApproveRequest, RequestStatus
from chalicelib.usecases.requests.decide import approve_request, deny_request
from chalicelib.usecases.requests.notices import MAX_MENTIONS
from chalicelib.usecases.requests.own import withdraw_request
from tests.builders import BEFORE, a_client_approver, a_grant, a_member, a_token, leads
from tests.fakes import NOON, Killed
from tests.fakes.channels import DELIVERED
from tests.golden import hold_against_file
from tests.usecases.notifications.notifying import DOWN, NotifyScene
from tests.usecases.requests.requesting import ask
from tests.usecases.unreadable import UNAVAILABLE, lists_still

ASKS = "alice requests access to acme-prod/readonly"
WAITS = "alice's request for acme-prod/readonly is still waiting"
EXPIRED = "alice's request for acme-prod/readonly has expired"
CHANNELS = ("Slack", "mail", "alarm")
PEOPLE = ("alice", "bob", "lena", "mia")


def a_scene_with_policy(*channels, **policy):
    """Return a scene in which alice needs an approval of bob, or of lena or mia, who lead. Bob is
    the first approver, and the others hear of a request after ten minutes."""
    rules = {
        "leads": True,
        "members": frozenset({"bob"}),
        "namings": (Naming(member="bob", at=BEFORE),),
        "leads_set_at": BEFORE,
        "people": 1,
        "first_approver": "bob",
    }
    notifying = NotifyScene(*channels)
    notifying.world.add(
        a_grant("alice", on_request=frozenset({"readonly"})),
        *leads("mia"),
        ApprovalPolicy(engagement="acme-prod", **(rules | policy)),
        *(
            a_token(name, hash=name[0] * 64, issuer="slack:T0FIRM", subject=f"U{name.upper()}")
            for name in PEOPLE
        ),
    )
    notifying.run()
    return notifying


def send_request(notifying):
    """Have alice request access, and return the request's ID."""
    return ask(notifying.scene).id


def delivered(notifying):
    return notifying.channel.delivered


def denies(notifying, request):
    notifying.scene.do(deny_request, request)


def withdraws(notifying, request):
    notifying.scene.do(withdraw_request, request, by="alice")


def bob_approves(notifying, request):
    notifying.scene.do(approve_request, request, ApproveRequest(), by="bob")


SLOW = {"others_after": 1800, "answer_within": 1500}
# A policy, and what happens when (in minutes) after the request
CASES = {
    "Bob hears of it first": ({}, None, 0),
    "No one hears of it first": ({"first_approver": None}, None, 0),
    "Alice cannot be the first": ({"first_approver": "alice"}, None, 0),
    "Sam, who is suspended, cannot be the first": (
        {"first_approver": "sam", "members": frozenset({"bob", "sam"})}, None, 0,
    ),
    "Alice is no approver of her own": (
        {"members": frozenset({"alice", "bob"}), "leads": False}, None, 0,
    ),
    "Bob is the first of two who approve": ({"people": 2}, bob_approves, 1),
    "Bob approves, and it waits for the client alone": ({"client": True}, bob_approves, 1),
    "It is denied before the first message": ({}, denies, 0),
    "It is denied": (SLOW, denies, 1),
    "It is withdrawn": (SLOW, withdraws, 1),
    "It is approved": (SLOW, bob_approves, 1),
    "It expires before the others hear of it": (SLOW, None, 1),
}  # fmt: skip


def test_who_hears_of_a_request_and_when_is_as_the_file_says():
    lines = []
    for title, (policy, act, minute) in CASES.items():
        notifying = a_scene_with_policy(ChannelKind.MAIL, ChannelKind.ALARM, **policy)
        notifying.world.add(a_client_approver())
        request, count = send_request(notifying), [0, 0, 0]
        lines += ["", f"=== {title}"]
        for now in range(90):
            if now == minute and act is not None:
                act(notifying, request)
            notifying.a_minute_later()
            for number, channel in enumerate(notifying.channels):
                new = channel.delivered[count[number] :]
                lines += [f"minute {now + 1}, {CHANNELS[number]}: {each}" for each in new]
                count[number] += len(new)
    hold_against_file("requests/notices.txt", "\n".join(lines[1:]))


def test_the_number_of_mentions_is_limited():
    names = [f"member-{number:02}" for number in range(MAX_MENTIONS + 3)]
    notifying = a_scene_with_policy(
        members=frozenset(names), first_approver=None, leads=False, namings=()
    )
    for name in names:
        binding = {"issuer": "slack:T0FIRM", "subject": f"U{name[-2:]}"}
        notifying.world.add(a_member(name), a_token(name, **binding))
    send_request(notifying)
    notifying.a_minute_later()
    (message,) = delivered(notifying)
    assert message.count(" U") == MAX_MENTIONS


def test_an_expiry_of_long_ago_is_told_to_no_one():
    notifying = a_scene_with_policy(first_approver=None)
    send_request(notifying)
    notifying.a_minute_later()
    notifying.world.later(hours=30)
    notifying.run()
    assert len(delivered(notifying)) == 1


def test_a_list_that_lags_tells_of_no_expiry_and_of_no_wait():
    notifying = a_scene_with_policy()
    request, scene = send_request(notifying), notifying.scene
    stale = scene.ports.state.list(AccessRequest, limit=100)
    scene.do(deny_request, request)
    lists_still(scene, AccessRequest, stale)
    notifying.a_minute_later(90)
    assert [title for title in delivered(notifying) if "waits" in title or "expired" in title] == []


def test_a_decision_by_a_clock_that_is_behind_comes_before_the_expiry():
    notifying = a_scene_with_policy(first_approver=None)
    send_request(notifying)
    notifying.a_minute_later()
    (request,) = notifying.world.find(AccessRequest)
    notifying.world.clock = request.expires_at + timedelta(seconds=4)
    notifying.run()
    assert len(delivered(notifying)) == 1
    notifying.world.clock = request.expires_at + timedelta(seconds=6)
    notifying.run()
    assert delivered(notifying)[1:] == [f"{EXPIRED} UALICE"]
    assert request.status is RequestStatus.WAITING
    expired = build_expiry_notification(request, notifying.world.clock)
    assert (expired.engagement, expired.member) == ("acme-prod", "alice")


def test_a_failed_message_is_sent_again_and_counts_once():
    results = [DOWN, DELIVERED]

    def result_for(notification):
        return results.pop(0) if notification.title == WAITS and results else DELIVERED

    notifying = a_scene_with_policy()
    send_request(notifying)
    notifying.channel.result_for = result_for
    notifying.a_minute_later(40)
    assert delivered(notifying)[1:] == [f"{WAITS} ULENA UMIA"]
    assert len(notifying.notices()) == 1
    assert notifying.world.clock > NOON


def test_records_that_do_not_answer_delay_a_message_and_lose_none(monkeypatch):
    notifying = a_scene_with_policy(first_approver=None, answer_within=300)
    send_request(notifying)
    state = notifying.scene.ports.state
    listed, failures = state.list, [UNAVAILABLE] * 3

    def unreliable(kind, **which):
        if kind is AccessRequest and "member" not in which and failures:
            raise failures.pop()
        return listed(kind, **which)

    monkeypatch.setattr(state, "list", unreliable)
    notifying.a_minute_later(10)
    assert delivered(notifying) == [f"{ASKS} UBOB ULENA UMIA", f"{EXPIRED} UALICE"]
    assert len(notifying.errors) == 3


def test_a_run_that_is_killed_after_any_step_tells_of_an_expiry_at_least_once():
    count = 0
    while True:
        notifying = a_scene_with_policy(first_approver=None, answer_within=300)
        send_request(notifying)
        notifying.a_minute_later(4)
        notifying.world.later(minutes=2)
        notifying.world.killed_after(count)
        try:
            notifying.run()
            break
        except Killed:
            count += 1
        notifying.world.before = None
        notifying.a_minute_later(5)
        titles = [title for title in delivered(notifying) if title.startswith(EXPIRED)]
        assert titles[0].startswith(f"{EXPIRED} UALICE")
        assert len(titles) <= 2
    assert count > 2
