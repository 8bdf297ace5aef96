"""The keys of each kind of item. They stay the same, so that the next version finds the items."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from chalicelib.adapters.dynamodb.items import build_entry_attributes, build_item_attributes
from chalicelib.domain.engagements.engagements import CutOffMethod, UsedExternalId
from chalicelib.domain.engagements.overview import Overview
from chalicelib.domain.engagements.unused import DayUses, UnusedGrants
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
from tests.adapters.scene import entry
from tests.builders import (
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
from tests.golden import hold_against_file

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
ITEMS: list[Item] = [
    a_member(),
    TOKEN,
    WITH_CODE,
    CODE,
    Identity(hash="1" * 64, member="alice", token="0" * 64),
    Leads(members=frozenset({"lena"})),
    an_engagement(),
    USED_ID,
    a_role(),
    CUT_OFFS,
    A_PROOF,
    a_grant(),
    an_approved_grant(),
    a_given_approval("acme-prod/jo"),
    REQUEST,
    a_request(status=RequestStatus.DENIED),
    a_last_request(),
    an_approval_policy(),
    an_approval_policy("readonly"),
    a_client_approver(),
    APPROVER_LINK,
    an_emergency_record(),
    an_emergency_lock(),
    RoleSetup(engagement="acme-prod", role="readonly"),
    LINK,
    PauseCodes(link=LINK.hash, count=1, since=NOON),
    ACCESS_LINK,
    WEB_LINK,
    WEB_SESSION,
    a_used_form(),
    A_CODE,
    A_STOP,
    replace(A_STOP, kind="Token", names=("alice", "5" * 64), is_finished=True),
    a_block(is_recorded=False),
    a_block("acme-prod", is_finished=True),
    A_TASK,
    Seen(hash="4" * 64, at=NOON),
    SweepProgress(done_until=BEFORE),
    ManySessions(members=frozenset()),
    JobRun(job=StoredJob.CUT_OFF, started_at=NOON),
    ChannelProgress(channel=ChannelKind.SLACK, look_from=BEFORE, sent={}),
    Mailbox(address="jo@acme.example", touched_at=NOON),
    Mailbox(address="jo@acme.example", touched_at=NOON, events=(A_QUEUED_EVENT,)),
    Overview(taken_at=NOON),
    DayUses(day="2026-11-24", read_at=NOON, is_finished=False, text="{}"),
    UnusedGrants(taken_at=NOON, searched_from=BEFORE, count=0),
]


def test_every_kind_of_item_is_here() -> None:
    families = (Item, JobState, Stoppable, StoredSecret, OneTimeSecret, RequestFields)
    kinds = {kind for family in families for kind in family.__subclasses__()} - {*families}
    ours = {
        kind
        for kind in kinds
        if kind.__module__.startswith("chalicelib.") and "STORED_AS" in vars(kind)
    }
    assert {type(item) for item in ITEMS} == ours


@pytest.mark.golden
def test_an_item_has_the_key_and_the_end_that_it_always_had() -> None:
    """A line of the file does not change: the items of earlier versions are stored so."""
    lines = []
    for item in ITEMS:
        stored = build_item_attributes(item)
        line = f"{stored['type']}: {stored['pk']}, {stored['sk']}"
        if stored["list"] is not None:
            line += f"\n  listed in {stored['list']} as {stored['list_sk']}"
        if stored["gone_after"] is not None:
            line += f"\n  gone after {datetime.fromtimestamp(stored['gone_after'], UTC)}"
        lines.append(line)
    hold_against_file("stored-keys.txt", "\n".join(lines))


def test_a_set_is_stored_in_order_so_that_the_same_item_is_always_written_alike() -> None:
    names = [f"lead-{number:02}" for number in range(20)]
    stored = build_item_attributes(Leads(members=frozenset(reversed(names))))
    assert stored["body"]["members"] == names


def test_an_outcome_has_the_key_that_its_intent_reserves() -> None:
    intent = entry("the-intent", vend="the-vend", action=Action.VEND)
    outcome = entry("the-outcome", vend="the-vend", action=Action.VEND)
    stored = build_entry_attributes(outcome, intent=intent)
    assert stored["sk"] == f"{intent.position}#outcome"
