"""The keys of each kind of item. They stay the same, so that the next version finds the items."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.adapters.dynamodb.items import build_entry_attributes, build_item_attributes
from chalicelib.domain.engagements.engagements import CutOffMethod, UsedExternalId
from chalicelib.domain.job_runs import JobRun, StoredJob
from chalicelib.domain.notifications.client import ClientEvent
from chalicelib.domain.notifications.delivery import ChannelKind, ChannelProgress
from chalicelib.domain.onboarding.links import PauseCodes
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.one_time_secrets import OneTimeSecret, StoredSecret
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.members import Leads
from chalicelib.domain.requests.mailboxes import Mailbox, QueuedEvent
from chalicelib.domain.requests.requests import RequestFields, RequestStatus
from chalicelib.domain.slack.bindings import BindingCode
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction, Seen
from chalicelib.domain.stops import Stop, Stoppable
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Item, JobState
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.vending.sessions import ManySessions
from chalicelib.domain.verification.schedule import SweepProgress
from chalicelib.domain.web.overview.days import AccessDay, DayPart, DaySessions
from chalicelib.domain.web.overview.overview import Overview, OverviewCounts
from chalicelib.domain.web.overview.unused import UnusedGrants
from tests.adapters.scene import entry
from tests.builders import (
    AFTER,
    BEFORE,
    EXTERNAL_ID,
    NOON,
    ROLE_ARN,
    a_block,
    a_client_approver,
    a_given_approval,
    a_grant,
    a_last_request,
    a_link,
    a_member,
    a_request,
    a_role,
    a_token,
    a_used_form,
    a_web_link,
    a_web_session,
    an_access_link,
    an_approval_policy,
    an_approved_grant,
    an_approver_link,
    an_emergency_lock,
    an_emergency_record,
    an_engagement,
    an_enrolment,
)
from tests.rows import every

CODE = an_enrolment()
TOKEN = a_token()
WITH_CODE = a_token(enrolment=CODE.hash)
LINK = a_link()
ACCESS_LINK = an_access_link()
APPROVER_LINK = an_approver_link()
WEB_LINK, WEB_SESSION = a_web_link(), a_web_session()
REQUEST = a_request()
USED_ID = UsedExternalId(external_id=EXTERNAL_ID, engagement="acme-prod")
A_CODE = BindingCode(hash="2" * 64, team="T0", user="U0", created_at=NOON, expires_at=NOON)
AN_EVENT = ClientEvent(
    key="0" * 16, at=NOON, action=Action.REQUEST_CREATE, engagement="acme-prod", actor="alice"
)
A_QUEUED_EVENT = QueuedEvent(event=AN_EVENT, recipient="jo", named_at=BEFORE, known_since=BEFORE)
A_TASK = PendingAction(
    hash="3" * 64,
    parsed=ParsedCommand(command="verify"),
    requested_by="lena",
    requested_at=NOON,
)
A_STOP = Stop(kind="Grant", names=("acme-prod", "alice"), entry=entry("the-revocation"))
CUT_OFFS = RoleCutOffs(
    engagement="acme-prod",
    role="readonly",
    role_arn=ROLE_ARN,
    method=CutOffMethod.BRAKE,
    drill_requested_at=NOON,
)
A_PROOF = CutOffProof(
    engagement="acme-prod",
    role="readonly",
    checked_at=NOON,
    role_arn=ROLE_ARN,
    method=CutOffMethod.BRAKE,
    external_id=EXTERNAL_ID,
    results={},
)
NOT_LISTED = None, None
ACME = "ENGAGEMENT#acme-prod"

KEYS: list[tuple[Item, str, tuple[str, str], tuple[str | None, str | None]]] = [
    (a_member(), "member", ("MEMBER#alice", "MEMBER"), ("MEMBERS", "alice")),
    (TOKEN, "token", ("MEMBER#alice", f"TOKEN#{TOKEN.hash}"), NOT_LISTED),
    (
        WITH_CODE,
        "token",
        ("MEMBER#alice", f"TOKEN#{WITH_CODE.hash}"),
        (f"GOTWITH#{CODE.hash}", WITH_CODE.id),
    ),
    (CODE, "enrolment", ("MEMBER#alice", "ENROLMENT"), NOT_LISTED),
    (
        Identity(hash="1" * 64, member="alice", token="0" * 64),
        "identity",
        (f"IDENTITY#{'1' * 64}", "IDENTITY"),
        NOT_LISTED,
    ),
    (Leads(members=frozenset({"lena"})), "leads", ("LEADS", "LEADS"), NOT_LISTED),
    (an_engagement(), "engagement", (ACME, "ENGAGEMENT"), ("ENGAGEMENTS", "acme-prod")),
    (USED_ID, "external-id", (f"EXTERNALID#{EXTERNAL_ID}", "EXTERNALID"), NOT_LISTED),
    (a_role(), "role", (ACME, "ROLE#readonly"), ("ROLES", "acme-prod#readonly")),
    (
        CUT_OFFS,
        "cut-off",
        ("CUTOFF#acme-prod", "CUTOFF#readonly"),
        ("CUTOFFS", "acme-prod#readonly"),
    ),
    (
        A_PROOF,
        "cut-off-proof",
        (ACME, "CUTOFFPROOF#readonly"),
        NOT_LISTED,
    ),
    (a_grant(), "grant", (ACME, "GRANT#alice"), ("GRANTS#alice", "acme-prod")),
    (
        an_approved_grant(),
        "approved-grant",
        ("APPROVEDGRANT#acme-prod", "APPROVEDGRANT#alice#readonly#1"),
        ("APPROVEDGRANTS#alice", "acme-prod#readonly#1"),
    ),
    (
        a_given_approval("acme-prod/jo"),
        "given-approval",
        ("GIVENAPPROVAL#acme-prod/jo", f"GIVENAPPROVAL#{REQUEST.id}"),
        NOT_LISTED,
    ),
    (
        REQUEST,
        "request",
        ("REQUEST#alice", f"REQUEST#{REQUEST.id}"),
        ("REQUESTS", f"2026-11-24T13:00:00.000000Z#{REQUEST.id}"),
    ),
    (
        a_request(status=RequestStatus.DENIED),
        "request",
        ("REQUEST#alice", f"REQUEST#{REQUEST.id}"),
        NOT_LISTED,
    ),
    (a_last_request(), "last-request", ("LASTREQUEST#alice", "LASTREQUEST"), NOT_LISTED),
    (
        an_approval_policy(),
        "approval-policy",
        ("APPROVALPOLICY#acme-prod", "APPROVALPOLICY#"),
        NOT_LISTED,
    ),
    (
        an_approval_policy("readonly"),
        "approval-policy",
        ("APPROVALPOLICY#acme-prod", "APPROVALPOLICY#readonly"),
        NOT_LISTED,
    ),
    (
        a_client_approver(),
        "client-approver",
        ("CLIENTAPPROVER#acme-prod", "CLIENTAPPROVER#jo"),
        NOT_LISTED,
    ),
    (
        APPROVER_LINK,
        "approver-link",
        (f"APPROVERLINK#{APPROVER_LINK.hash}", "APPROVERLINK"),
        NOT_LISTED,
    ),
    (an_emergency_record(), "emergency", ("EMERGENCY#acme-prod", "EMERGENCY#alice"), NOT_LISTED),
    (an_emergency_lock(), "emergency-lock", ("MEMBER#alice", "EMERGENCYLOCK"), NOT_LISTED),
    (
        RoleSetup(engagement="acme-prod", role="readonly"),
        "setup",
        (ACME, "SETUP#readonly"),
        NOT_LISTED,
    ),
    (
        LINK,
        "link",
        (f"LINK#{LINK.hash}", "LINK"),
        ("LINKS#acme-prod", f"2026-10-25T12:00:00.000000Z#{LINK.id}"),
    ),
    (
        PauseCodes(link=LINK.hash, count=1, since=NOON),
        "pause-codes",
        (f"PAUSECODES#{LINK.hash}", "PAUSECODES"),
        NOT_LISTED,
    ),
    (ACCESS_LINK, "access-link", (f"ACCESSLINK#{ACCESS_LINK.hash}", "ACCESSLINK"), NOT_LISTED),
    (WEB_LINK, "web-link", (f"WEBLINK#{WEB_LINK.hash}", "WEBLINK"), NOT_LISTED),
    (WEB_SESSION, "web-session", (f"WEBSESSION#{WEB_SESSION.hash}", "WEBSESSION"), NOT_LISTED),
    (
        a_used_form(),
        "used-form",
        (f"USEDFORM#{WEB_SESSION.hash}", f"USEDFORM#{'f0' * 16}"),
        NOT_LISTED,
    ),
    (A_CODE, "binding-code", (f"BINDINGCODE#{'2' * 64}", "BINDINGCODE"), NOT_LISTED),
    (
        A_STOP,
        "stop",
        (f"STOPS#{ACME}", "GRANT#alice"),
        ("STOPS", f"2026-11-24T12:00:00.000000Z#{A_STOP.entry.id}"),
    ),
    (
        replace(A_STOP, kind="Token", names=("alice", "5" * 64), is_finished=True),
        "stop",
        ("STOPS#MEMBER#alice", f"TOKEN#{'5' * 64}"),
        NOT_LISTED,
    ),
    (
        a_block(is_recorded=False),
        "block",
        ("BLOCK#", "BLOCK"),
        ("BLOCKS", "2026-11-24T12:00:00.000000Z#0123456789abcdef"),
    ),
    (
        a_block("acme-prod", is_finished=True),
        "block",
        ("BLOCK#acme-prod", "BLOCK"),
        NOT_LISTED,
    ),
    (A_TASK, "task", (f"TASK#{'3' * 64}", "TASK"), NOT_LISTED),
    (Seen(hash="4" * 64, at=NOON), "seen", (f"SEEN#{'4' * 64}", "SEEN"), NOT_LISTED),
    (SweepProgress(done_until=BEFORE), "sweep", ("SWEEP", "SWEEP"), NOT_LISTED),
    (
        ManySessions(members=frozenset()),
        "many-sessions",
        ("MANYSESSIONS", "MANYSESSIONS"),
        NOT_LISTED,
    ),
    (
        JobRun(job=StoredJob.CUT_OFF, started_at=NOON),
        "job-run",
        ("JOBRUN#cut_off", "JOBRUN"),
        NOT_LISTED,
    ),
    (
        ChannelProgress(channel=ChannelKind.SLACK, look_from=BEFORE, sent={}),
        "notified",
        ("NOTIFIED#slack", "NOTIFIED"),
        NOT_LISTED,
    ),
    (
        Mailbox(address="jo@acme.example", touched_at=NOON),
        "mailbox",
        ("MAILBOX#jo@acme.example", "MAILBOX"),
        NOT_LISTED,
    ),
    (
        Mailbox(address="jo@acme.example", touched_at=NOON, events=(A_QUEUED_EVENT,)),
        "mailbox",
        ("MAILBOX#jo@acme.example", "MAILBOX"),
        ("MAILBOXES", "2026-11-24T12:00:00.000000Z#jo@acme.example"),
    ),
    (
        Overview(taken_at=NOON, counts=OverviewCounts()),
        "overview",
        ("OVERVIEW", "OVERVIEW"),
        NOT_LISTED,
    ),
    (
        AccessDay(day="2026-11-24", taken_at=NOON, letter="a", parts=1),
        "overview-day",
        ("OVERVIEWDAY#2026-11-24", "OVERVIEWDAY"),
        NOT_LISTED,
    ),
    (
        DayPart(day="2026-11-24", part="a-0", taken_at=NOON, text="[]"),
        "overview-access",
        ("OVERVIEWACCESS#2026-11-24", "OVERVIEWACCESS#a-0"),
        NOT_LISTED,
    ),
    (
        DaySessions(day="2026-11-24", counted_at=NOON, is_finished=False),
        "overview-sessions",
        ("OVERVIEWSESSIONS#2026-11-24", "OVERVIEWSESSIONS"),
        NOT_LISTED,
    ),
    (
        UnusedGrants(taken_at=NOON, searched_from=BEFORE, count=0),
        "overview-unused",
        ("OVERVIEWUNUSED", "OVERVIEWUNUSED"),
        NOT_LISTED,
    ),
]


def test_every_kind_of_item_is_here() -> None:
    families = (Item, JobState, Stoppable, StoredSecret, OneTimeSecret, RequestFields)
    kinds = {kind for family in families for kind in family.__subclasses__()} - {*families}
    ours = {
        kind
        for kind in kinds
        if kind.__module__.startswith("chalicelib.") and "STORED_AS" in vars(kind)
    }
    assert {type(item) for item, *_ in KEYS} == ours


@every("item, kind, key, listed", KEYS)
def test_an_item_has_the_key_that_it_always_had(
    item: Item, kind: str, key: tuple[str, str], listed: tuple[str | None, str | None]
) -> None:
    stored = build_item_attributes(item)
    assert (stored["pk"], stored["sk"]) == key
    assert (stored["type"], stored["list"], stored["list_sk"]) == (kind, *listed)


def test_only_short_lived_items_expire_and_not_at_once() -> None:
    gone = {kind: build_item_attributes(item)["gone_after"] for item, kind, *_ in KEYS}
    a_day_later = (NOON + timedelta(days=1)).timestamp()
    assert {kind: at for kind, at in gone.items() if at is not None} == {
        "access-link": a_day_later + 300,
        **dict.fromkeys(("binding-code", "pause-codes"), a_day_later),
        "web-link": a_day_later + 60,
        **dict.fromkeys(("web-session", "used-form"), a_day_later + 8 * 3600),
        "task": a_day_later,
        "seen": a_day_later,
        "given-approval": a_day_later + 2 * 3600,
        "approver-link": (AFTER + timedelta(days=1)).timestamp(),
        **dict.fromkeys(
            (
                "overview",
                "overview-day",
                "overview-access",
                "overview-sessions",
                "overview-unused",
            ),
            (NOON + timedelta(days=100)).timestamp(),
        ),
    }


def test_a_set_is_stored_in_order_so_that_the_same_item_is_always_written_alike() -> None:
    names = [f"lead-{number:02}" for number in range(20)]
    stored = build_item_attributes(Leads(members=frozenset(reversed(names))))
    assert stored["body"]["members"] == names


def test_an_outcome_has_the_key_that_its_intent_reserves() -> None:
    intent = entry("the-intent", vend="the-vend", action=Action.VEND)
    outcome = entry("the-outcome", vend="the-vend", action=Action.VEND)
    stored = build_entry_attributes(outcome, intent=intent)
    assert stored["sk"] == f"{intent.position}#outcome"
