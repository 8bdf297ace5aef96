"""Where each kind of item lives, so that the next version finds what this one has stored."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.adapters.dynamodb.items import attributes_of, entry_attributes
from chalicelib.domain.engagements.engagements import UsedExternalId
from chalicelib.domain.notifications.delivery import ChannelKind, Notified
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.one_time_secrets import KeptSecret, OneTimeSecret
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.members import Leads
from chalicelib.domain.slack.bindings import BindingCode
from chalicelib.domain.slack.pending import ParsedCommand, PendingAction, Seen
from chalicelib.domain.stops import Stop, Stoppable
from chalicelib.domain.values import Item, JobState
from chalicelib.domain.vending.sessions import ManySessions
from chalicelib.domain.verification.schedule import SweepProgress
from tests.adapters.scene import entry
from tests.builders import (
    BEFORE,
    EXTERNAL_ID,
    NOON,
    a_grant,
    a_link,
    a_member,
    a_role,
    a_token,
    an_access_link,
    an_engagement,
    an_enrolment,
)

CODE = an_enrolment()
TOKEN = a_token()
WITH_CODE = a_token(enrolment=CODE.hash)
LINK = a_link()
ACCESS_LINK = an_access_link()
TAKEN = UsedExternalId(external_id=EXTERNAL_ID, engagement="acme-prod")
A_CODE = BindingCode(hash="2" * 64, team="T0", user="U0", created_at=NOON, expires_at=NOON)
A_TASK = PendingAction(
    hash="3" * 64,
    parsed=ParsedCommand(command="verify"),
    requested_by="lena",
    requested_at=NOON,
)
A_STOP = Stop(kind="Grant", names=("acme-prod", "alice"), entry=entry("the-revocation"))
NOWHERE = None, None
ACME = "ENGAGEMENT#acme-prod"

PLACES: list[tuple[Item, str, tuple[str, str], tuple[str | None, str | None]]] = [
    (a_member(), "member", ("MEMBER#alice", "MEMBER"), ("MEMBERS", "alice")),
    (TOKEN, "token", ("MEMBER#alice", f"TOKEN#{TOKEN.hash}"), NOWHERE),
    (
        WITH_CODE,
        "token",
        ("MEMBER#alice", f"TOKEN#{WITH_CODE.hash}"),
        (f"GOTWITH#{CODE.hash}", WITH_CODE.id),
    ),
    (CODE, "enrolment", ("MEMBER#alice", "ENROLMENT"), NOWHERE),
    (
        Identity(hash="1" * 64, member="alice", token="0" * 64),
        "identity",
        (f"IDENTITY#{'1' * 64}", "IDENTITY"),
        NOWHERE,
    ),
    (Leads(members=frozenset({"lena"})), "leads", ("LEADS", "LEADS"), NOWHERE),
    (an_engagement(), "engagement", (ACME, "ENGAGEMENT"), ("ENGAGEMENTS", "acme-prod")),
    (TAKEN, "external-id", (f"EXTERNALID#{EXTERNAL_ID}", "EXTERNALID"), NOWHERE),
    (a_role(), "role", (ACME, "ROLE#readonly"), ("ROLES", "acme-prod#readonly")),
    (a_grant(), "grant", (ACME, "GRANT#alice"), ("GRANTS#alice", "acme-prod")),
    (
        RoleSetup(engagement="acme-prod", role="readonly"),
        "setup",
        (ACME, "SETUP#readonly"),
        NOWHERE,
    ),
    (
        LINK,
        "link",
        (f"LINK#{LINK.hash}", "LINK"),
        ("LINKS#acme-prod", f"2026-10-25T12:00:00.000000Z#{LINK.id}"),
    ),
    (ACCESS_LINK, "access-link", (f"ACCESSLINK#{ACCESS_LINK.hash}", "ACCESSLINK"), NOWHERE),
    (A_CODE, "binding-code", (f"BINDINGCODE#{'2' * 64}", "BINDINGCODE"), NOWHERE),
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
        NOWHERE,
    ),
    (A_TASK, "task", (f"TASK#{'3' * 64}", "TASK"), NOWHERE),
    (Seen(hash="4" * 64, at=NOON), "seen", (f"SEEN#{'4' * 64}", "SEEN"), NOWHERE),
    (SweepProgress(done_until=BEFORE), "sweep", ("SWEEP", "SWEEP"), NOWHERE),
    (
        ManySessions(members=frozenset()),
        "many-sessions",
        ("MANYSESSIONS", "MANYSESSIONS"),
        NOWHERE,
    ),
    (
        Notified(channel=ChannelKind.SLACK, look_from=BEFORE, sent={}),
        "notified",
        ("NOTIFIED#slack", "NOTIFIED"),
        NOWHERE,
    ),
]


def test_every_kind_of_item_has_a_place() -> None:
    families = (Item, JobState, Stoppable, KeptSecret, OneTimeSecret)
    kinds = {kind for family in families for kind in family.__subclasses__()} - {*families}
    ours = {kind for kind in kinds if kind.__module__.startswith("chalicelib.")}
    assert {type(item) for item, *_ in PLACES} == ours


@pytest.mark.parametrize(("item", "kind", "key", "listed"), PLACES)
def test_an_item_lives_where_it_always_did(
    item: Item, kind: str, key: tuple[str, str], listed: tuple[str | None, str | None]
) -> None:
    stored = attributes_of(item)
    assert (stored["pk"], stored["sk"]) == key
    assert (stored["type"], stored["list"], stored["list_sk"]) == (kind, *listed)


def test_only_what_is_of_no_use_any_more_is_removed_and_not_at_once() -> None:
    gone = {kind: attributes_of(item)["gone_after"] for item, kind, *_ in PLACES}
    a_day_later = (NOON + timedelta(days=1)).timestamp()
    assert {kind: at for kind, at in gone.items() if at is not None} == {
        "access-link": a_day_later + 300,
        "binding-code": a_day_later,
        "task": a_day_later,
        "seen": a_day_later,
    }


def test_a_set_is_stored_in_order_so_that_the_same_item_is_always_written_alike() -> None:
    names = [f"lead-{number:02}" for number in range(20)]
    stored = attributes_of(Leads(members=frozenset(reversed(names))))
    assert stored["body"]["members"] == names


def test_what_came_of_a_vend_lives_in_the_place_that_its_intent_has_for_it() -> None:
    intent = entry("the-intent", vend="the-vend")
    stored = entry_attributes(entry("the-outcome", vend="the-vend"), intent=intent)
    assert stored["sk"] == f"{intent.position}#outcome"
