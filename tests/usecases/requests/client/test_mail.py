"""The client's approvers and contacts get e-mails: at least once, and each approver a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import (
    ApproverLink,
    ClientApprover,
    NameApprover,
)
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.notifications.delivery import Delivery, DeliveryStatus
from chalicelib.domain.notifications.notification import POSSIBLY_SENT_BEFORE
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.client_mails import Mail
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import Approval, RequestStatus
from chalicelib.domain.trail import CLIENT, SCHEDULE, Action, Outcome
from chalicelib.usecases.requests.client.approvers import name_approver, revoke_approver
from chalicelib.usecases.requests.client.links import open_approver_link
from chalicelib.usecases.requests.client.page import build_proposal_page
from chalicelib.usecases.requests.client.people import remove_on_page
from tests.builders import an_engagement
from tests.fakes import NOON, Killed
from tests.usecases.requests.client.scene import (
    API_URL,
    REQUEST,
    SENT,
    ClientScene,
    a_request,
    an_approver,
)

DOWN = Delivery(DeliveryStatus.NOT_DELIVERED, "Amazon SES: TooManyRequestsException")
LOST = Delivery(DeliveryStatus.UNKNOWN, "no answer")
REFUSED = Delivery(DeliveryStatus.REFUSED, "Amazon SES: MessageRejected")
APPROVED = (Approval(by="jo", at=NOON, is_client=True),)
BY_JO = {"actor": CLIENT, "subject": "alice"}


def scene_with_request(**changes: Any) -> ClientScene:
    """Return a scene in which alice has sent a request that waits for the client."""
    client = ClientScene()
    client.world.add(a_request(**changes))
    client.happens(Action.REQUEST_CREATE)
    return client


def test_an_approver_gets_a_link_and_a_contact_gets_none() -> None:
    client = scene_with_request()
    client.run_later()
    assert client.mails == [
        ("jo", "Please decide: Alice (alice) asks for access to Acme's AWS account 987654321098"),
        ("kim", "Alice (alice) asks for access to Acme's AWS account 987654321098"),
    ]
    (text,) = client.links()
    assert open_approver_link(client.ports, text).approver == an_approver()
    assert "Jo Doe can decide on it until 24 November 2026, 13:00 UTC" in client.mailer.sent[1].text


def test_each_mail_has_a_link_of_its_own_and_earlier_ones_keep_working() -> None:
    client = scene_with_request()
    client.run_later()
    client.world.add(a_request(approvals=APPROVED, status=RequestStatus.APPROVED))
    client.happens(Action.REQUEST_APPROVE, **BY_JO)
    client.run_later()
    first, second = client.links()
    assert first != second
    for text in (first, second):
        assert open_approver_link(client.ports, text).approver.id == "jo"


def test_the_secret_link_is_nowhere_but_in_the_mail() -> None:
    client = scene_with_request()
    client.run_later()
    (text,) = client.links()
    stored = repr((client.world.items, client.world.entries, client.world.steps))
    assert text not in stored


def test_the_link_is_stored_before_the_mail_is_sent() -> None:
    client = scene_with_request()
    seen: list[int] = []

    def count_links(mail: Mail) -> Delivery:
        seen.append(len(client.world.find(ApproverLink)))
        return SENT

    before = len(client.world.find(ApproverLink))
    client.mailer.result_for = count_links
    client.run_later()
    assert seen[0] == before + 1


def test_a_mail_never_has_the_text_that_the_member_typed() -> None:
    client = scene_with_request(reason="see www.evil.example")
    client.run_later()
    assert all("evil" not in mail.text + mail.subject for mail in client.mailer.sent)


def needs_no_client(client: ClientScene) -> None:
    client.world.add(ApprovalPolicy(engagement="acme-prod"))


def has_its_own_policy(client: ClientScene) -> None:
    client.world.add(ApprovalPolicy(engagement="acme-prod", role="readonly", leads=True, people=1))


SILENT: dict[str, Callable[[ClientScene], Any]] = {
    "if the client need not approve": needs_no_client,
    "if the role's own policy leaves the client out": has_its_own_policy,
    "if no one at the client is left": lambda client: client.world.add(
        an_approver(revoked_at=NOON), an_approver("kim", is_contact=True, revoked_at=NOON)
    ),
    "if the request was decided meanwhile": lambda client: client.world.add(
        a_request(status=RequestStatus.DENIED)
    ),
    "if the request has expired meanwhile": lambda client: client.world.add(
        a_request(expires_at=NOON)
    ),
    "about an engagement that does not exist": lambda client: client.world.items.pop(
        (Engagement, ("acme-prod",))
    ),
    "about a request that does not exist": lambda client: client.world.items.pop(
        (type(a_request()), a_request().key)
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_no_one_is_mailed(name: str) -> None:
    client = scene_with_request()
    SILENT[name](client)
    assert client.run_later().failed == 0
    assert client.mails == []


def test_an_engagement_that_requires_the_clients_approval_needs_no_policy() -> None:
    client = scene_with_request()
    needs_no_client(client)
    client.world.add(an_engagement(requires_client_approval=True))
    client.run_later()
    assert len(client.mails) == 2


def ended(**changes: Any) -> Callable[[ClientScene], Any]:
    return lambda client: client.world.add(a_request(**changes))


EVENTS: dict[Action, tuple[dict[str, Any], Callable[[ClientScene], Any], str]] = {
    Action.REQUEST_APPROVE: (
        BY_JO | {"details": {"request": REQUEST, "approver": "jo", "span": "for 1 hour"}},
        ended(status=RequestStatus.APPROVED, approvals=APPROVED),
        "Approved: access to Acme's AWS account 987654321098 for Alice (alice)",
    ),
    Action.REQUEST_DENY: (
        BY_JO | {"details": {"request": REQUEST, "approver": "jo"}},
        ended(status=RequestStatus.DENIED),
        "Denied: access to Acme's AWS account 987654321098 for Alice (alice)",
    ),
    Action.REQUEST_WITHDRAW: (
        {},
        ended(status=RequestStatus.WITHDRAWN),
        "Withdrawn: Alice (alice) no longer asks for access to Acme's AWS account 987654321098",
    ),
    Action.REQUEST_REVOKE: (
        {"actor": "lena", "subject": "alice"},
        ended(status=RequestStatus.APPROVED, approvals=APPROVED),
        "Ended: access to Acme's AWS account 987654321098 for Alice (alice)",
    ),
    Action.EMERGENCY_BEGIN: (
        {},
        lambda client: client.world.add(
            ApprovalPolicy(engagement="acme-prod", notify_client_of_emergencies=True)
        ),
        "Emergency: Alice (alice) has opened access to Acme's AWS account 987654321098",
    ),
    Action.APPROVER_REVOKE: (
        {"actor": "lena", "role": "", "details": {"approver": "pat"}},
        lambda client: client.world.add(an_approver("pat", revoked_at=NOON)),
        "An approver or contact for access to Acme's AWS account 987654321098 was removed",
    ),
    Action.APPROVER_CONFIRM: (
        {"actor": CLIENT, "role": "", "details": {"approver": "pat", "by_approver": "jo"}},
        lambda _: None,
        "An approver for access to Acme's AWS account 987654321098 was confirmed",
    ),
    Action.CLIENT_APPROVAL_REQUIRE: (
        {"actor": "lena", "role": "", "details": {}},
        lambda _: None,
        "From now on, no access to Acme's AWS account 987654321098 without your company's approval",
    ),
    Action.CLIENT_APPROVAL_LIFT: (
        {"actor": CLIENT, "role": "", "details": {"approver": "jo"}},
        lambda _: None,
        "Access to Acme's AWS account 987654321098 no longer always needs your company's approval",
    ),
    Action.PAUSE_LIFT_REQUEST: (
        {"actor": "lena", "role": "", "details": {"refuse_until": "2026-11-25T12:00:00Z"}},
        lambda _: None,
        (
            "Please check: Lena (lena) of our side asks to lift the pause of Acme's AWS account"
            " 987654321098"
        ),
    ),
    Action.PAUSE_LIFT: (
        {"actor": "lena", "role": "", "details": {"requested_by": "luis"}},
        lambda _: None,
        "The pause of Acme's AWS account 987654321098 is lifted",
    ),
}


@pytest.mark.parametrize("action", EVENTS)
def test_everyone_at_the_client_hears_of_an_event(action: Action) -> None:
    client = ClientScene()
    facts, prepare, subject = EVENTS[action]
    prepare(client)
    client.happens(action, **facts)
    client.run_later()
    assert client.mails == [("jo", subject), ("kim", subject)]
    assert len(client.links()) == 1


def test_a_removed_approver_hears_of_it() -> None:
    client = ClientScene()
    client.world.add(an_approver(revoked_at=NOON))
    details = {"approver": "jo", "said": "left", "name": "Jo Doe", "email": "jo@acme.example"}
    client.happens(Action.APPROVER_REVOKE, actor="lena", role="", details=details)
    client.run_later()
    (mail,) = [mail for mail in client.mailer.sent if mail.to == "jo@acme.example"]
    assert "removed Jo Doe (jo), jo@acme.example, who was an approver" in mail.text
    assert "/approve/" not in mail.text


def test_an_emergency_is_kept_from_a_client_that_did_not_ask_for_it() -> None:
    client = ClientScene()
    client.happens(Action.EMERGENCY_BEGIN)
    client.run_later()
    assert client.mails == []


def test_a_first_of_two_approvals_is_no_news_for_the_client() -> None:
    client = ClientScene()
    client.world.add(a_request())
    client.happens(
        Action.REQUEST_APPROVE,
        actor="lena",
        subject="alice",
        details={"request": REQUEST, "waiting_for": "the client"},
    )
    client.run_later()
    assert client.mails == []


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.FAILED])
def test_an_event_that_did_not_happen_is_no_news(outcome: Outcome) -> None:
    client = ClientScene()
    client.world.add(a_request())
    client.happens(Action.REQUEST_CREATE, outcome=outcome, reason="no-such-request")
    client.run_later()
    assert client.mails == []


def test_a_new_approver_is_welcomed_and_the_others_hear_of_it() -> None:
    client = ClientScene()
    client.world.add(an_approver("pat"))
    client.happens(Action.APPROVER_CREATE, actor="lena", role="", details={"approver": "pat"})
    client.run_later()
    subject = "A new approver or contact for access to Acme's AWS account 987654321098"
    assert client.mails == [
        ("jo", subject),
        ("kim", subject),
        ("pat", "You approve access to Acme's AWS account 987654321098 from now on"),
    ]
    assert "Pat Doe (pat), pat@acme.example, as an approver" in client.mailer.sent[0].text
    assert len(client.links()) == 2


def test_a_new_link_goes_to_its_approver_alone_and_no_mail_causes_another() -> None:
    client = ClientScene()
    client.happens(Action.APPROVER_LINK_CREATE, actor="lena", role="", details={"approver": "jo"})
    client.run_later(5)
    assert client.mails == [("jo", "Your page for access to Acme's AWS account 987654321098")]
    made = [e for e in client.world.entries if e.action is Action.APPROVER_LINK_CREATE]
    assert [entry.actor for entry in made] == ["lena", SCHEDULE]


def test_a_mail_service_that_is_down_is_tried_again_and_no_one_gets_two() -> None:
    client = scene_with_request()
    is_down = True
    client.mailer.result_for = lambda mail: DOWN if is_down and "kim" in mail.to else SENT
    assert client.run_later().failed == 1
    client.run_later(10)
    is_down = False
    client.run_later(6)
    assert [name for name, _ in client.mails] == ["jo", "kim"]
    failures = [e for e in client.world.entries if e.action is Action.NOTICE]
    assert [e.details["why"] for e in failures] == [DOWN.why]
    assert "acme.example" not in repr(failures)


def test_an_hour_without_mail_makes_few_links_and_the_request_has_expired_then() -> None:
    client = scene_with_request()
    client.mailer.result_for = lambda _: DOWN
    client.run_later(59)
    links = client.world.find(ApproverLink, where=lambda link: link.created_at > NOON)
    assert 10 < len(links) < 20
    client.mailer.result_for = lambda _: SENT
    client.run_later(10)
    assert client.mails == []


def test_a_mail_that_may_have_arrived_says_so_the_second_time() -> None:
    client = scene_with_request()
    client.mailer.result_for = lambda mail: LOST if "jo" in mail.to else SENT
    client.run_later()
    client.mailer.result_for = lambda _: SENT
    client.run_later(3)
    assert [name for name, _ in client.mails] == ["jo", "kim", "jo"]
    is_noted = [POSSIBLY_SENT_BEFORE in mail.text for mail in client.mailer.sent]
    assert is_noted == [False, False, True]


def test_an_address_that_is_refused_holds_up_no_one_else() -> None:
    client = scene_with_request()
    client.mailer.result_for = lambda mail: REFUSED if "jo" in mail.to else SENT
    summary = client.run_later()
    assert (summary.failed, summary.given_up) == (1, 1)
    client.run_later(3)
    assert [name for name, _ in client.mails] == ["kim"]


@pytest.mark.parametrize("steps", range(1, 12))
def test_a_killed_run_mails_everyone_in_the_end(steps: int) -> None:
    client = scene_with_request()
    client.world.later(minutes=1)
    client.world.killed_after(steps)
    try:
        client.run()
    except Killed:
        client.world.before = None
        client.run_later(5)
    assert {name for name, _ in client.mails} == {"jo", "kim"}


@pytest.mark.parametrize("nth", [1, 2])
def test_a_lost_answer_of_the_records_delays_a_mail(nth: int) -> None:
    client = scene_with_request()
    client.world.later(minutes=1)
    count = 0

    def fail(name: str) -> None:
        nonlocal count
        count += name == "change"
        if name == "change" and count == nth:
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    client.world.before = fail
    client.run()
    client.run_later(5)
    assert {name for name, _ in client.mails} == {"jo", "kim"}


def test_an_approver_who_is_revoked_while_the_mail_is_written_gets_a_link_that_opens_nothing() -> (
    None
):
    client = scene_with_request()
    client.world.later(minutes=1)
    revoked = replace(an_approver(), revoked_at=NOON, version=2)
    client.world.just_before("change", lambda: client.world.add(revoked))
    client.run()
    client.run_later(5)
    assert [name for name, _ in client.mails] == ["jo", "kim"]
    (text,) = client.links()
    with pytest.raises(NotFound):
        open_approver_link(client.ports, text)


def test_a_slow_mail_service_does_not_use_up_the_run() -> None:
    client = scene_with_request()
    client.world.add(*(an_approver(f"pat-{number}") for number in range(8)))

    def be_slow(_: Mail) -> Delivery:
        client.world.later(seconds=4)
        return SENT

    client.mailer.result_for = be_slow
    client.run_later()
    assert 1 < len(client.mails) < 10
    client.mailer.result_for = lambda _: SENT
    client.run_later(5)
    names = [name for name, _ in client.mails]
    assert len(names) == len(set(names)) == 10


def test_a_request_to_lift_the_pause_says_until_when_who_can_refuse() -> None:
    client = ClientScene()
    details = {"refuse_until": "2026-11-25T12:00:00Z", "said": "click https://evil.example"}
    client.happens(Action.PAUSE_LIFT_REQUEST, actor="lena", role="", details=details)
    client.happens(Action.PAUSE_LIFT, actor=CLIENT, role="", details={})
    client.run_later()
    to_approver, to_contact = (mail.text for mail in client.mailer.sent)
    assert "press “Keep the pause” on your page, until 25 November 2026, 12:00 UTC" in to_approver
    assert "ask Jo Doe to press “Keep the pause” on their page, until" in to_contact
    assert "evil" not in to_approver + to_contact


def test_a_proposal_reaches_former_approvers_with_a_link_that_only_refuses() -> None:
    client = ClientScene()
    lead = client.scene.caller()
    for person in ("jo", "kim"):
        revoke_approver(client.ports, lead, "acme-prod", person, why="left")
    client.run_later()
    client.mailer.sent.clear()
    body = NameApprover(id="max", name="Max", email="max@elsewhere.example")
    name_approver(client.ports, lead, "acme-prod", body, api_url=API_URL)
    client.run_later()
    mails = {mail.to: mail.text for mail in client.mailer.sent}
    assert mails.keys() == {"jo@acme.example", "max@elsewhere.example"}  # not kim, a contact
    assert "named Max (max), max@elsewhere.example, as an approver" in mails["jo@acme.example"]
    assert "Do you not know them? Then refuse them" in mails["jo@acme.example"]
    (_, jos) = client.links()
    assert build_proposal_page(client.ports, jos) is not None
    remove_on_page(client.ports, jos, "max", address="198.51.100.7")
    client.run_later()
    person = client.scene.stored(ClientApprover, "acme-prod", "max")
    assert not person.is_active
    client.mailer.sent.clear()
    body = NameApprover(id="eve", name="Eve", email="eve@elsewhere.example")
    name_approver(client.ports, lead, "acme-prod", body, api_url=API_URL)
    client.run_later()  # not max: the client itself removed them
    assert {mail.to for mail in client.mailer.sent} == {"jo@acme.example", "eve@elsewhere.example"}


def test_a_lead_hides_no_proposal_from_a_former_approver_whom_they_name_again() -> None:
    client = ClientScene()
    lead = client.scene.caller()
    revoke_approver(client.ports, lead, "acme-prod", "jo", why="left")
    for person, address in (("max", "max@elsewhere.example"), ("jo", "jo@acme.example")):
        body = NameApprover(id=person, name=person.title(), email=address)
        name_approver(client.ports, lead, "acme-prod", body, api_url=API_URL)
        client.world.later(seconds=1)
    client.run_later()
    texts = [mail.text for mail in client.mailer.sent if mail.to == "jo@acme.example"]
    assert any("named Max (max), max@elsewhere.example, as an approver" in text for text in texts)


def test_the_mails_say_from_when_an_approver_counts() -> None:
    client = ClientScene()
    body = NameApprover(id="max", name="Max", email="max@acme.example")
    name_approver(client.ports, client.scene.caller(), "acme-prod", body, api_url=API_URL)
    client.run_later()
    texts = {mail.to: mail.text for mail in client.mailer.sent}
    assert "Your approval counts from 25 November 2026" in texts["max@acme.example"]
    assert "Their approval counts from 25 November 2026" in texts["jo@acme.example"]
