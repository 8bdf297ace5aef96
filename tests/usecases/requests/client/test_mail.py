"""The client's approvers and contacts get e-mails: at least once, and each approver a link."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import (
    ApproverLink,
    ClientApprover,
)
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import NotFound
from chalicelib.domain.notifications.notification import Delivery, DeliveryStatus
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest, Approval, RequestStatus
from chalicelib.domain.trail import CLIENT, SCHEDULE, Action, Outcome
from chalicelib.usecases.requests.client.approvers import revoke_approver
from chalicelib.usecases.requests.client.page import build_approver_page
from chalicelib.usecases.requests.client.rights import open_approver_link
from chalicelib.usecases.requests.client.rules import remove_on_page
from tests.builders import a_digest_head, an_engagement
from tests.fakes import NOON
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.requests.client.scene import (
    DOWN,
    REFUSED,
    REQUEST,
    SENT,
    ClientScene,
    a_request,
    an_approver,
    scene_with_request,
)

LOST = Delivery(DeliveryStatus.UNKNOWN, "no answer")
APPROVED = a_request(
    status=RequestStatus.APPROVED, approvals=(Approval(by="jo", at=NOON, is_client=True),)
)
BY_JO = {
    "actor": CLIENT,
    "subject": "alice",
    "details": {"request": REQUEST, "approver": "jo", "span": "for 1 hour from first use"},
}
ON_ACCESS = {"actor": "lena", "subject": "alice"}
OF_LENA = {"actor": "lena", "role": "", "details": {}}
ASKED = {"refuse_until": "2026-11-25T12:00:00Z", "said": "click https://evil.example"}
REMOVED = {"approver": "jo", "said": "left", "name": "Jo Doe", "email": "jo@acme.example"}


def of_lena(**details):
    return OF_LENA | {"details": details}


def of_jo(**details):
    return OF_LENA | {"actor": CLIENT, "details": details}


# What is stored, what has happened, and its facts.
EVENTS = {
    "request": ([a_request(reason="see www.evil.example")], Action.REQUEST_CREATE, {}),
    "request-approved": ([APPROVED], Action.REQUEST_APPROVE, BY_JO),
    "request-denied": ([a_request(status=RequestStatus.DENIED)], Action.REQUEST_DENY, BY_JO),
    "request-withdrawn": (
        [a_request(status=RequestStatus.WITHDRAWN)], Action.REQUEST_WITHDRAW, {},
    ),
    "access-revoked": ([APPROVED], Action.REQUEST_REVOKE, ON_ACCESS),
    "emergency": (
        [ApprovalPolicy(engagement="acme-prod", notify_client_of_emergencies=True)],
        Action.EMERGENCY_BEGIN,
        {},
    ),
    "contact-named": ([], Action.APPROVER_CREATE, of_lena(approver="kim")),
    "approver-named": (
        [an_approver("pat", named_at=NOON)], Action.APPROVER_CREATE, of_lena(approver="pat"),
    ),
    "approver-confirmed": (
        [an_approver("pat")], Action.APPROVER_CONFIRM, of_jo(approver="pat", by_approver="jo"),
    ),
    "approver-removed": (
        [an_approver("pat", revoked_at=NOON)], Action.APPROVER_REVOKE, of_lena(approver="pat"),
    ),
    "approver-removed-themself": (
        [an_approver(revoked_at=NOON)], Action.APPROVER_REVOKE, of_lena(**REMOVED),
    ),
    "link": ([a_digest_head()], Action.APPROVER_LINK_CREATE, of_lena(approver="jo")),
    "approval-required": ([], Action.CLIENT_APPROVAL_REQUIRE, OF_LENA),
    "approval-not-required": ([], Action.CLIENT_APPROVAL_LIFT, of_jo(approver="jo")),
    "pause-lift-request": ([], Action.PAUSE_LIFT_REQUEST, of_lena(**ASKED)),
    "pause-lifted": ([], Action.PAUSE_LIFT, of_lena(requested_by="luis")),
}  # fmt: skip


@every("name", EVENTS)
def test_an_events_mails_are_as_their_file_says(name):
    client = ClientScene()
    items, action, facts = EVENTS[name]
    client.world.add(*items)
    client.happens(action, **facts)
    client.run_later(5)
    hold_against_file(f"mails/{name}.txt", client.letters())
    for text in client.links():
        open_approver_link(client.ports, text)


NO_POLICY = ApprovalPolicy(engagement="acme-prod")
CREATE, EMERGENCY = Action.REQUEST_CREATE, Action.EMERGENCY_BEGIN
FIRST_OF_TWO = {"request": REQUEST, "waiting_for": "the client"}
# What is stored and what is not, what has happened, and its facts.
SILENT = {
    "the client need not approve": ([NO_POLICY], None, CREATE, {}),
    "the role's own policy leaves the client out": (
        [ApprovalPolicy(engagement="acme-prod", role="readonly", leads=True, people=1)],
        None, CREATE, {},
    ),
    "no one at the client is left": (
        [an_approver(revoked_at=NOON), an_approver("kim", is_contact=True, revoked_at=NOON)],
        None, CREATE, {},
    ),
    "decided meanwhile": ([a_request(status=RequestStatus.DENIED)], None, CREATE, {}),
    "expired meanwhile": ([a_request(expires_at=NOON)], None, CREATE, {}),
    "no engagement": ([], Engagement, CREATE, {}),
    "no request": ([], AccessRequest, CREATE, {}),
    "an emergency that the client did not ask for": ([], None, EMERGENCY, {}),
    "the first of two approvals": (
        [], None, Action.REQUEST_APPROVE, ON_ACCESS | {"details": FIRST_OF_TWO},
    ),
    "refused": ([], None, CREATE, {"outcome": Outcome.REFUSED, "reason": "no-such-request"}),
    "failed": ([], None, CREATE, {"outcome": Outcome.FAILED, "reason": "no-such-request"}),
}  # fmt: skip


@every("name", SILENT)
def test_no_one_is_mailed(name):
    client = ClientScene()
    items, missing, action, facts = SILENT[name]
    client.world.add(a_request(), *items)
    client.world.items = {k: i for k, i in client.world.items.items() if type(i) is not missing}
    client.happens(action, **facts)
    assert client.run_later().failed == 0
    assert client.mails == []


def test_an_engagement_that_requires_the_clients_approval_needs_no_policy():
    client = scene_with_request()
    client.world.add(NO_POLICY, an_engagement(requires_client_approval=True))
    client.run_later()
    assert len(client.mails) == 2


def test_each_mail_has_a_link_of_its_own_that_is_stored_first_and_nowhere_else():
    client = scene_with_request()
    stored = []
    client.mailer.result_for = lambda _: stored.append(len(links_of(client))) or SENT
    before = len(links_of(client))
    client.run_later()
    client.world.add(APPROVED)
    client.happens(Action.REQUEST_APPROVE, **BY_JO)
    client.run_later()
    assert stored[0] == before + 1
    first, second = client.links()
    assert first != second
    for text in (first, second):
        assert open_approver_link(client.ports, text).approver == an_approver()
        assert text not in repr((client.world.items, client.world.entries, client.world.steps))


def links_of(client):
    return client.world.find(ApproverLink)


def test_no_mail_of_a_link_causes_another():
    client = ClientScene()
    client.happens(Action.APPROVER_LINK_CREATE, **of_lena(approver="jo"))
    client.run_later(5)
    made = [e for e in client.world.entries if e.action is Action.APPROVER_LINK_CREATE]
    assert [entry.actor for entry in made] == ["lena", SCHEDULE]


def test_a_mail_service_that_is_down_is_tried_again_and_no_one_gets_two():
    client = scene_with_request()
    is_down = True
    client.mailer.result_for = lambda mail: DOWN if is_down and "kim" in mail.to else SENT
    assert client.run_later().failed == 1
    client.run_later(10)
    is_down = False
    client.run_later(6)
    assert client.names == ["jo", "kim"]
    failures = [e for e in client.world.entries if e.action is Action.NOTICE]
    assert [e.details["why"] for e in failures] == [DOWN.why]
    assert "acme.example" not in repr(failures)


def test_an_hour_without_mail_makes_few_links_and_the_request_has_expired_then():
    client = scene_with_request()
    client.mailer.result_for = lambda _: DOWN
    client.run_later(59)
    assert 10 < len([link for link in links_of(client) if link.created_at > NOON]) < 20
    client.mailer.result_for = lambda _: SENT
    client.run_later(10)
    assert client.mails == []


def test_a_mail_that_may_have_arrived_says_so_the_second_time():
    client = scene_with_request()
    client.mailer.result_for = lambda mail: LOST if "jo" in mail.to else SENT
    client.run_later()
    client.mailer.result_for = lambda _: SENT
    client.run_later(3)
    hold_against_file("mails/possibly-sent-before.txt", client.letters())


def test_an_address_that_is_refused_holds_up_no_one_else():
    client = scene_with_request()
    client.mailer.result_for = lambda mail: REFUSED if "jo" in mail.to else SENT
    summary = client.run_later()
    assert (summary.failed, summary.given_up) == (1, 1)
    client.run_later(3)
    assert client.names == ["kim"]


def test_the_link_of_an_approver_who_is_revoked_while_the_mail_is_written_opens_nothing():
    client = scene_with_request()
    client.world.later(minutes=1)
    revoked = replace(an_approver(), revoked_at=NOON, version=2)
    client.world.just_before("change", lambda: client.world.add(revoked))
    client.run()
    client.run_later(5)
    assert client.names == ["jo", "kim"]
    (text,) = client.links()
    with pytest.raises(NotFound):
        open_approver_link(client.ports, text)


def test_a_slow_mail_service_does_not_use_up_the_run():
    client = scene_with_request()
    client.world.add(*(an_approver(f"pat-{number}") for number in range(8)))

    def be_slow(_):
        client.world.later(seconds=4)
        return SENT

    client.mailer.result_for = be_slow
    client.run_later()
    assert 1 < len(client.mails) < 10
    client.mailer.result_for = lambda _: SENT
    client.run_later(5)
    assert len(client.names) == len(set(client.names)) == 10


def test_a_proposal_reaches_former_approvers_with_a_link_that_only_refuses():
    client = ClientScene()
    lead = client.scene.caller()
    for person in ("jo", "kim"):
        revoke_approver(client.ports, lead, "acme-prod", person, why="left")
    client.run_later()

    def propose(name):
        client.mailer.sent.clear()
        client.name_person(name, email=f"{name}@elsewhere.example")
        client.run_later()

    propose("max")
    hold_against_file("mails/proposal.txt", client.letters())  # not kim, a contact
    jos = client.links()[client.names.index("jo")]
    assert build_approver_page(client.ports, jos).only_refuses
    remove_on_page(client.ports, jos, "max", address="198.51.100.7")
    client.run_later()
    assert not client.scene.stored(ClientApprover, "acme-prod", "max").is_active
    propose("eve")
    assert {*client.names} == {"jo", "eve"}  # not max: the client itself removed them


def test_a_lead_hides_no_proposal_from_a_former_approver_whom_they_name_again():
    client = ClientScene()
    lead = client.scene.caller()
    revoke_approver(client.ports, lead, "acme-prod", "jo", why="left")
    for person, address in (("max", "max@elsewhere.example"), ("jo", "jo@acme.example")):
        client.name_person(person, email=address)
        client.world.later(seconds=1)
    client.run_later()
    texts = [mail.text for mail in client.mailer.sent if mail.to == "jo@acme.example"]
    assert any("added Max (max, max@elsewhere.example) as an approver" in text for text in texts)
