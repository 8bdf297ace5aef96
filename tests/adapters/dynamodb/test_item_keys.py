"""The keys of each kind of item, and the reading of items that another version stored
(docs/upgrading.md): what is stored stays the same, so that the next version finds and reads it."""

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace

from chalicelib.adapters.dynamodb.keys import (
    build_body,
    build_entry_attributes,
    build_item_attributes,
    parse_body,
)
from chalicelib.domain.engagements.engagements import CutOffMethod, Grant, UsedExternalId
from chalicelib.domain.engagements.overview import Overview
from chalicelib.domain.engagements.unused import DayUses, UnusedGrants
from chalicelib.domain.evidence.reconciliation.look_ups import EventLookUp
from chalicelib.domain.job_runs import JobRun, StoredJob
from chalicelib.domain.notifications.client import ClientEvent
from chalicelib.domain.notifications.notification import ChannelKind, ChannelProgress
from chalicelib.domain.onboarding.links import PauseCodes
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.one_time_secrets import OneTimeSecret, StoredSecret
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.requests.mailboxes import Mailbox, QueuedEvent
from chalicelib.domain.requests.requests import RequestFields, RequestStatus
from chalicelib.domain.slack.bindings import BindingCode
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction, Seen
from chalicelib.domain.stops import Stop, Stoppable, with_stop
from chalicelib.domain.trail import Action, Entry
from chalicelib.domain.values import Item, JobState, next_version
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.vending.sessions import ManySessions
from chalicelib.domain.verification.schedule import SweepProgress
from tests.adapters.scene import entry
from tests.builders import (
    BEFORE,
    EXTERNAL_ID,
    ROLE_ARN,
    a_block,
    a_client_approver,
    a_digest_head,
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
    some_session_actions,
)
from tests.fakes import NOON
from tests.golden import hold_against_file
from tests.rows import every

A_ROLE = {"engagement": "acme-prod", "role": "readonly"}
WITH_A_METHOD = A_ROLE | {"role_arn": ROLE_ARN, "method": CutOffMethod.BRAKE}
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
ITEMS = [
    a_member(),
    a_token(),
    a_token(enrolment=an_enrolment().hash),
    an_enrolment(),
    Identity(hash="1" * 64, member="alice", token="0" * 64),
    Leads(members=frozenset({"lena"})),
    an_engagement(),
    UsedExternalId(external_id=EXTERNAL_ID, engagement="acme-prod"),
    a_role(),
    RoleCutOffs(**WITH_A_METHOD, drill_requested_at=NOON),
    CutOffProof(**WITH_A_METHOD, checked_at=NOON, external_id=EXTERNAL_ID, results={}),
    a_grant(),
    an_approved_grant(),
    a_given_approval("acme-prod/jo"),
    a_request(),
    a_request(status=RequestStatus.DENIED),
    a_last_request(),
    an_approval_policy(),
    an_approval_policy("readonly"),
    a_client_approver(),
    an_approver_link(),
    an_emergency_record(),
    an_emergency_lock(),
    RoleSetup(**A_ROLE),
    a_link(),
    PauseCodes(link=a_link().hash, count=1, since=NOON),
    an_access_link(),
    a_web_link(),
    a_web_session(),
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
    a_digest_head(),
    EventLookUp(**A_ROLE, tried_at=NOON, compares_from=BEFORE),
    some_session_actions(),
    DayUses(day="2026-11-24", read_at=NOON, is_finished=False, text="{}"),
    UnusedGrants(taken_at=NOON, searched_from=BEFORE, count=0),
]


def test_every_kind_of_item_is_here():
    families = (Item, JobState, Stoppable, StoredSecret, OneTimeSecret, RequestFields)
    kinds = {kind for family in families for kind in family.__subclasses__()} - {*families}
    ours = {
        kind
        for kind in kinds
        if kind.__module__.startswith("chalicelib.") and "STORED_AS" in vars(kind)
    }
    assert {type(item) for item in ITEMS} == ours


def test_an_item_has_the_key_and_the_end_that_it_always_had():
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


def test_a_set_is_stored_in_order_so_that_the_same_item_is_always_written_alike():
    names = [f"lead-{number:02}" for number in range(20)]
    stored = build_item_attributes(Leads(members=frozenset(reversed(names))))
    assert stored["body"]["members"] == names


def test_an_outcome_has_the_key_that_its_intent_reserves():
    intent = entry("the-intent", vend="the-vend", action=Action.VEND)
    outcome = entry("the-outcome", vend="the-vend", action=Action.VEND)
    stored = build_entry_attributes(outcome, intent=intent)
    assert stored["sk"] == f"{intent.position}#outcome"


GRANT = a_grant(revoked_at=NOON)
STORED = build_body(GRANT)
DEFAULTS = {
    "version": 1,
    "revoked_at": None,
    "review": "",
    "stop": "",
    "on_request": frozenset(),
    "emergency": frozenset(),
    "removals": {},
}


@every("name", DEFAULTS)
def test_a_field_that_has_a_default_may_be_missing(name):
    read = parse_body(Grant, {item: STORED[item] for item in STORED if item != name})
    assert getattr(read, name) == DEFAULTS[name]


@every("name", sorted(STORED.keys() - DEFAULTS))
def test_a_required_field_may_not_be_missing(name):
    with pytest.raises(msgspec.ValidationError, match=f"missing required field `{name}`"):
        parse_body(Grant, {item: STORED[item] for item in STORED if item != name})


def test_an_unknown_field_is_ignored_and_lost_with_the_next_change():
    read = parse_body(Grant, STORED | {"weekdays_only": True})
    assert read == GRANT
    assert build_body(next_version(read)).keys() == STORED.keys()


def test_an_unknown_enum_value_is_refused():
    with pytest.raises(msgspec.ValidationError, match=r"Invalid enum value 'guest'"):
        parse_body(Member, build_body(a_member()) | {"kind": "guest"})


def test_an_entry_of_an_unknown_action_is_refused():
    revoked = entry("1", action=Action.GRANT_REVOKE, subject="bob")
    stored = build_entry_attributes(revoked)["body"]
    assert parse_body(Entry, stored) == revoked
    with pytest.raises(msgspec.ValidationError, match=r"Invalid enum value 'grant\.pause'"):
        parse_body(Entry, stored | {"action": "grant.pause"})


def test_an_item_that_an_earlier_version_changed_after_reinstatement_is_stopped_again():
    revoked = entry("1", action=Action.MEMBER_REVOKE, subject="alice")
    stop = Stop(kind="Member", names=("alice",), entry=revoked)
    reinstated = a_member("alice", stop=stop.id)
    assert with_stop(reinstated, stop) == reinstated
    body = build_body(next_version(reinstated, name="Alice B."))
    without_the_field = parse_body(Member, {name: body[name] for name in body if name != "stop"})
    assert with_stop(without_the_field, stop).suspended_at == NOON
