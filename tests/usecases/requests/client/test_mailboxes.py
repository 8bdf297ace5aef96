"""Nothing that a lead does delays another client's e-mails, and no address gets many."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

from chalicelib.domain.engagements.client_approvers import NameApprover
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.mailboxes import MAX_EVENTS, MAX_MAILS, MAX_SINGLE_MAILS, Mailbox
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.trail import CLIENT, SCHEDULE, Action, Outcome
from chalicelib.domain.values import Page
from chalicelib.usecases.lists import MOST_PAGES
from chalicelib.usecases.requests.client.approvers import (
    MAX_LINKS_PER_HOUR,
    MAX_NAMED_PER_HOUR,
    name_approver,
    request_link,
    revoke_approver,
)
from chalicelib.usecases.requests.client.rights import open_approver_link, open_link_to_refuse
from tests.builders import an_engagement
from tests.fakes import NOON, Killed
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.refusals import reason_of
from tests.usecases.requests.client.scene import (
    API_URL,
    DOWN,
    REFUSED,
    REQUEST,
    SENT,
    ClientScene,
    a_request,
    an_approver,
    scene_with_request,
)
from tests.usecases.unreadable import fail

BETA, BEN, JO, KIM = "beta-prod", "ben@beta.example", "jo@acme.example", "kim@acme.example"
BETAS_REQUEST = "carol.00d9o4r5k3f81c2q"


def add_beta(client):
    """Add a second client, Beta, whose approver is Ben."""
    client.world.add(
        an_engagement(BETA, client="Beta", account_id="555566667777"),
        an_approver("ben", engagement=BETA, email=BEN),
        ApprovalPolicy(engagement=BETA, client=True),
    )
    return client


def beta_is_asked(client):
    """Let carol ask for access to Beta's account."""
    now = client.world.clock
    expires_at = now + timedelta(hours=1)
    client.world.add(
        a_request(BETAS_REQUEST, engagement=BETA, created_at=now, expires_at=expires_at)
    )
    details = {"request": BETAS_REQUEST, "span": "for 2 hours"}
    client.happens(Action.REQUEST_CREATE, actor="carol", engagement=BETA, details=details)


def both_are_asked():
    """Return the scene a minute after both clients were asked."""
    client = add_beta(scene_with_request())
    beta_is_asked(client)
    client.world.later(minutes=1)
    return client


def asks_for_a_link(client, approver="jo"):
    """Have a lead ask for another link, and return the refusal, if any."""
    lead = client.scene.caller()
    return reason_of(request_link, client.ports, lead, "acme-prod", approver, api_url=API_URL)


def link_is_sent(client, actor="lena", **facts):
    details = {"approver": "jo"}
    client.happens(Action.APPROVER_LINK_CREATE, actor=actor, details=details, **facts)


def require_approval(client):
    client.happens(Action.CLIENT_APPROVAL_REQUIRE, actor="lena", role="", details={})


def mails_to(client, address):
    return [mail for mail in client.mailer.sent if mail.to == address]


def alerts(client):
    return Counter(alert.alert for alert in client.world.alerts)


def test_an_hour_of_links_delays_no_other_client():
    """As many events as 68 calls a second could leave take a fake too long. These are enough: far
    more than one queue would mail in an hour."""
    client = add_beta(ClientScene())
    for minute in range(60):
        for number in range(51):
            link_is_sent(client, at=client.world.clock + timedelta(seconds=number))
        del client.world.entries[: -20 * 51]  # older ones matter to no run
        if minute == 30:
            beta_is_asked(client)
            before = len(client.mailer.sent)
        client.run_later()
        if minute == 30:  # in the same run as without the load, and before any other mail
            assert client.mailer.sent[before].to == BEN
    assert 0 < len(mails_to(client, JO)) <= MAX_MAILS
    assert len(mails_to(client, BEN)) == 1
    held_back = [entry for entry in client.world.entries if entry.action is Action.NOTICE]
    assert held_back or alerts(client)["client-mails-limited"] > 0


def test_of_68_calls_a_second_five_an_hour_are_accepted_and_the_others_alert_the_leads():
    client = ClientScene()
    results = Counter()
    for _ in range(2 * 68):
        results[asks_for_a_link(client)] += 1
        client.world.later(seconds=1 / 68)
    client.world.later(minutes=57)
    kicks = len(client.world.notify_kicks)
    results[asks_for_a_link(client)] += 1
    assert results == {None: MAX_LINKS_PER_HOUR, Reason.TOO_MANY_LINKS: 132}
    assert len(client.world.notify_kicks) == kicks
    last = client.world.entries[-1]
    assert (last.actor, client.scene.story()[-1]) == (
        "lena",
        "approver-link.create refused too-many-links",
    )
    assert alerts(client) == {"client-mails-limited": 132}
    client.world.add(an_approver("pat"))
    assert asks_for_a_link(client, "pat") is None
    client.run_later()
    assert len(mails_to(client, JO)) <= MAX_LINKS_PER_HOUR
    client.world.later(minutes=3)
    assert asks_for_a_link(client) is None


def test_the_mails_that_daypass_sends_by_itself_do_not_use_up_a_leads_links():
    client = ClientScene()
    for _ in range(2 * MAX_LINKS_PER_HOUR):
        link_is_sent(client, actor=SCHEDULE)
    assert asks_for_a_link(client) is None


def test_an_hour_has_too_many_entries_to_count_so_no_link_is_sent():
    client = ClientScene()
    for _ in range(1001):
        client.happens(Action.ENGAGEMENT_CHANGE)
    assert asks_for_a_link(client) is Reason.TOO_MANY_LINKS


def test_refused_attempts_do_not_use_up_a_leads_links(monkeypatch):
    """Every member can add some to the engagement's part of the trail. DynamoDB leaves them out of
    the pages that it reads."""
    client = ClientScene()
    read, pages = client.ports.trail.page, iter(range(MOST_PAGES - 1))

    def read_after_refusals(query):
        if next(pages, None) is None:
            return read(query)
        return Page((), format_sortable(query.until))

    monkeypatch.setattr(client.ports.trail, "page", read_after_refusals)
    assert asks_for_a_link(client) is None


def test_naming_and_revoking_in_a_loop_mails_an_address_at_most_twenty_times_an_hour():
    client = add_beta(ClientScene())
    lead, target = client.scene.caller(), "victim@bank.example"
    reasons = Counter()
    for number in range(400):
        person = NameApprover(id=f"v-{number}", name="Vic Tim", email=target.title())
        reason = reason_of(name_approver, client.ports, lead, "acme-prod", person, api_url=API_URL)
        reasons[reason] += 1
        if reason is None:
            revoke_approver(client.ports, lead, "acme-prod", person.id, why="x")
        if number % 40 == 0:
            client.run_later()
    client.run_later(10)
    assert len([m for m in client.mailer.sent if m.to.lower() == target]) <= MAX_MAILS
    refusals = 400 - MAX_NAMED_PER_HOUR
    assert reasons == {None: MAX_NAMED_PER_HOUR, Reason.TOO_MANY_NAMED: refusals}
    assert len(mails_to(client, JO)) <= MAX_MAILS
    assert alerts(client)["client-mails-limited"] > 0


def add_made_up_engagements(client):
    """Let a lead name Ben four times in each of a hundred engagements."""
    for number in range(100):
        name_ben(client, f"made-up-{number}", times=4)


def name_ben(client, engagement, times=1):
    client.world.add(
        an_engagement(engagement, client="Made Up"),
        an_approver("ben", engagement=engagement, email=BEN, named_at=client.world.clock),
    )
    facts = {"actor": "lena", "engagement": engagement, "role": "", "details": {"approver": "ben"}}
    for _ in range(times):
        client.happens(Action.APPROVER_CREATE, **facts)


def mailbox_of_ben(client):
    (mailbox,) = [each for each in client.world.find(Mailbox) if each.address == BEN]
    return mailbox


def test_one_address_in_a_hundred_engagements_gets_no_more_than_in_one():
    client = add_beta(ClientScene())
    add_made_up_engagements(client)
    beta_is_asked(client)
    client.run_later()
    first, *others = mails_to(client, BEN)
    assert 0 < len(others) < MAX_MAILS
    # Beta named Ben long before the made-up engagements, so its request is at the top.
    client.mailer.sent = [first]
    hold_against_file("mails/many-accounts.txt", client.letters())
    assert alerts(client)["client-mails-limited"] == 1
    assert len(mailbox_of_ben(client).events) <= MAX_EVENTS


def test_an_event_for_which_a_full_mailbox_has_no_room_is_counted():
    """The mailbox drops the new event itself, so the events that it keeps stay the same."""
    client = add_beta(ClientScene())
    client.mailer.result_for = lambda _: DOWN
    add_made_up_engagements(client)
    client.run_later()
    full = mailbox_of_ben(client)
    name_ben(client, "named-last")
    client.run_later()
    after = mailbox_of_ben(client)
    assert len(full.events) == MAX_EVENTS
    assert (after.events, after.left_out) == (full.events, full.left_out + 1)


def test_what_an_hour_has_no_room_for_comes_in_one_mail_within_ten_minutes():
    client = ClientScene()
    for number in range(MAX_SINGLE_MAILS):
        require_approval(client)
        client.run_later()
        assert len(mails_to(client, JO)) == number + 1
    client.is_asked(expires_at=NOON + timedelta(hours=2))
    for _ in range(30):
        require_approval(client)
    client.run_later(9)
    assert len(mails_to(client, JO)) == MAX_SINGLE_MAILS
    client.run_later(2)
    client.mailer.sent = [mails_to(client, JO)[MAX_SINGLE_MAILS]]
    hold_against_file("mails/many-events.txt", client.letters())
    (text,) = client.links()
    assert open_approver_link(client.ports, text).approver.id == "jo"


def revoke_person(client, id):
    client.scene.do(revoke_approver, "acme-prod", id)


def assert_jo_hears_of_the_proposal(client):
    """Check that Jo's one mail names it, and has a link that can only refuse it. Return the
    mail."""
    client.run_later(11)
    mail = mails_to(client, JO)[0]
    assert "- A new approver or contact" in mail.text
    assert open_link_to_refuse(client.ports, link_in(mail)).only_refuses
    return mail


def link_in(mail):
    """Return the secret text of the mail's link."""
    return mail.text.partition("/approve/")[2][:52]


def bundle_jos_mails(client):
    """Let jo have had so many e-mails that the next ones are bundled."""
    now, before = client.world.clock, client.ports.state.get(Mailbox, JO)
    version = 1 if before is None else before.version + 1
    mailed = (now,) * MAX_SINGLE_MAILS
    client.world.add(Mailbox(address=JO, mailed=mailed, touched_at=now, version=version))


def test_a_burst_hides_no_proposal_from_an_approver_who_is_removed_before_the_mail():
    client = ClientScene()
    bundle_jos_mails(client)
    for each in ("ann", "ben", "cat"):
        client.name_person(each, is_contact=True)
        client.run_later()
    revoke_person(client, "jo")
    client.name_person("eve")
    assert "2 updates" in assert_jo_hears_of_the_proposal(client).subject
    assert len(mails_to(client, JO)) == 1


@every("is_contact", [True, False])
def test_another_person_of_the_same_address_hides_nothing_from_a_former_approver(*, is_contact):
    client = ClientScene()
    client.name_person("jo-again", name="Jo Doe", email=JO, is_contact=is_contact)
    client.run_later(2)
    client.mailer.sent.clear()
    bundle_jos_mails(client)
    revoke_person(client, "jo")
    client.name_person("eve")
    client.run_later()
    revoke_person(client, "jo-again")
    mail = assert_jo_hears_of_the_proposal(client)
    assert "updates about access" in mail.subject
    assert "was removed" in mail.text


# When the other person is removed, in seconds after the request: they stay, before the next run,
# after it.
@every(
    "is_contact, seconds, words",
    [(True, None, "Please decide: "), (True, 1, "was removed"), (False, 60, "- Please decide: ")],
)
def test_a_person_with_an_approvers_address_takes_no_mail_and_no_link_of_theirs(
    is_contact, seconds, words
):
    client = ClientScene()
    client.name_person("another", email=JO, is_contact=is_contact)
    client.run_later()
    if seconds:
        bundle_jos_mails(client)
    client.is_asked()
    if seconds == 1:
        client.world.later(seconds=1)
    else:
        client.run_later()
    if seconds:
        revoke_person(client, "another")
        client.run_later(11)
    *_, mail = mails_to(client, JO)
    assert ("updates about access" in mail.subject) is bool(seconds)
    assert words in f"{mail.subject}\n{mail.text}"
    assert open_approver_link(client.ports, link_in(mail)).approver.id == "jo"


def test_requests_that_are_withdrawn_hide_none_that_waits():
    client = ClientScene()
    bundle_jos_mails(client)
    for number in range(4):
        request = f"alice.00d9o4r5k3f81c2{number}"
        status = RequestStatus.WAITING if number == 3 else RequestStatus.WITHDRAWN
        client.world.add(a_request(request, status=status))
        client.happens(Action.REQUEST_CREATE, details={"request": request, "span": "for 2 hours"})
        client.run()
    client.run_later(11)
    (mail,) = mails_to(client, JO)
    assert "(and 1 more of this kind)" in mail.text


def test_a_lead_who_names_an_approver_again_puts_no_other_engagement_before_theirs():
    client = add_beta(ClientScene())
    add_made_up_engagements(client)
    client.scene.do(revoke_approver, BETA, "ben")
    client.name_person("ben", BETA, name="Ben Doe", email=BEN)
    beta_is_asked(client)
    client.run_later()
    first, *_ = mails_to(client, BEN)
    assert "access to Beta's AWS account 555566667777, and to 9 other accounts" in first.subject
    assert "- Please decide: carol requests access to Beta's" in first.text


def test_mails_that_are_held_back_are_on_the_trail_once_an_hour():
    client = ClientScene()
    for _ in range(40):
        require_approval(client)
        client.run_later()
    entries = [e for e in client.world.entries if e.action is Action.NOTICE]
    assert [(e.outcome, e.engagement, e.details["approver"]) for e in entries] == [
        (Outcome.REFUSED, "acme-prod", name) for name in ("jo", "kim")
    ]


def test_who_is_named_later_gets_no_mails_of_what_was_decided_before():
    client = scene_with_request()
    client.happens(Action.REQUEST_DENY, actor=CLIENT, details={"request": REQUEST})
    client.world.later(seconds=1)
    client.world.add(an_approver("pat", named_at=client.world.clock))
    client.happens(Action.APPROVER_CREATE, actor="lena", role="", details={"approver": "pat"})
    client.run_later(5)
    assert [subject for name, subject in client.mails if name == "pat"] == [
        "You are now an approver for Acme's AWS account 987654321098"
    ]


def test_an_address_that_is_refused_or_throttled_delays_no_other_client():
    for result in (REFUSED, DOWN):
        client = add_beta(scene_with_request())
        client.mailer.result_for = lambda mail, r=result: r if "acme" in mail.to else SENT
        for _ in range(3):
            beta_is_asked(client)
            client.run_later()
        assert len(mails_to(client, BEN)) == 3


def test_one_clients_records_that_cannot_be_read_delay_no_other_client():
    client = both_are_asked()
    client.world.just_before("change", fail)  # the first link, which is Acme's
    client.run()
    assert len(mails_to(client, BEN)) == 1
    client.run_later(5)
    assert everyone_has_one(client)


def everyone_has_one(client):
    return sorted(mail.to for mail in client.mailer.sent) == [BEN, JO, KIM]


def assert_everyone_is_mailed_later(client):
    """Let the job run on. At most one mail may come twice."""
    client.world.before = None
    client.run_later(6)
    addresses = [mail.to for mail in client.mailer.sent]
    assert {*addresses} == {JO, KIM, BEN}
    assert len(addresses) <= 4


@every("nth", range(1, 12))
def test_a_conflict_at_each_write_loses_no_mail_and_repeats_none(nth):
    client = both_are_asked()
    count = 0

    def fail(name):
        nonlocal count
        count += name in ("save", "change")
        if count == nth and name == "save":
            count += 1
            raise FactsChanged

    client.world.before = fail
    client.run()
    assert_everyone_is_mailed_later(client)


@every("steps", range(1, 40))
def test_a_run_that_is_killed_anywhere_mails_everyone_in_the_end(steps):
    client = both_are_asked()
    client.world.killed_after(steps)
    with suppress(Killed):
        client.run()
    assert_everyone_is_mailed_later(client)


def test_two_runs_at_once_mail_everyone_once():
    step, has_met = 0, True
    while has_met:
        step += 1
        client = both_are_asked()
        total, has_met = len(client.world.steps) + step, False

        def interfere(_, client=client, total=total):
            nonlocal has_met
            if len(client.world.steps) == total:
                has_met = True
                client.world.before = None
                client.run()

        client.world.before = interfere
        client.run()
        client.world.before = None
        client.run_later(4)
        assert everyone_has_one(client), step
    assert step > 10


CHANGED = [
    an_approver(revoked_at=NOON, version=2),
    an_approver(named_at=NOON + timedelta(minutes=30), email="m@firm.example", version=3),
]


@every("changed", CHANGED)
def test_events_that_wait_for_someone_who_was_revoked_or_named_again(changed):
    client = scene_with_request()
    client.mailer.result_for = lambda _: DOWN
    client.run_later()
    client.world.add(changed)
    client.mailer.result_for = lambda _: SENT
    client.run_later(6)
    assert client.names == ["kim"]
