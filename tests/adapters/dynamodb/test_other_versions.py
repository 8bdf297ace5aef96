"""Reading of items that another version stored (docs/upgrading.md)."""

from __future__ import annotations

import msgspec
import pytest

from chalicelib.adapters.dynamodb.items import build_body, build_entry_attributes, parse_body
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.people.members import Member
from chalicelib.domain.stops import Stop, with_stop
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import next_version
from tests.builders import a_grant, a_member
from tests.fakes import NOON
from tests.rows import every

GRANT = a_grant(revoked_at=NOON)
STORED = build_body(GRANT)
DEFAULTS = {
    "version": 1,
    "revoked_at": None,
    "stop": "",
    "on_request": frozenset(),
    "emergency": frozenset(),
    "removals": {},
}


@every("name", DEFAULTS)
def test_a_field_that_has_a_default_may_be_missing(name: str) -> None:
    read = parse_body(Grant, {item: STORED[item] for item in STORED if item != name})
    assert getattr(read, name) == DEFAULTS[name]


@every("name", sorted(STORED.keys() - DEFAULTS))
def test_a_required_field_may_not_be_missing(name: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=f"missing required field `{name}`"):
        parse_body(Grant, {item: STORED[item] for item in STORED if item != name})


def test_an_unknown_field_is_ignored_and_lost_with_the_next_change() -> None:
    read = parse_body(Grant, STORED | {"weekdays_only": True})
    assert read == GRANT
    assert build_body(next_version(read)).keys() == STORED.keys()


def test_an_unknown_enum_value_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"Invalid enum value 'guest'"):
        parse_body(Member, build_body(a_member()) | {"kind": "guest"})


def test_an_entry_of_an_unknown_action_is_refused() -> None:
    entry = Entry(
        id="1",
        at=NOON,
        actor="lena",
        action=Action.GRANT_REVOKE,
        outcome=Outcome.DONE,
        subject="bob",
    )
    stored = build_entry_attributes(entry)["body"]
    assert parse_body(Entry, stored) == entry
    with pytest.raises(msgspec.ValidationError, match=r"Invalid enum value 'grant\.pause'"):
        parse_body(Entry, stored | {"action": "grant.pause"})


def test_an_item_that_an_earlier_version_changed_after_reinstatement_is_stopped_again() -> None:
    entry = Entry(
        id="1",
        at=NOON,
        actor="lena",
        action=Action.MEMBER_REVOKE,
        outcome=Outcome.DONE,
        subject="alice",
    )
    stop = Stop(kind="Member", names=("alice",), entry=entry)
    reinstated = a_member("alice", stop=stop.id)
    assert with_stop(reinstated, stop) == reinstated
    body = build_body(next_version(reinstated, name="Alice B."))
    without_the_field = parse_body(Member, {name: body[name] for name in body if name != "stop"})
    assert with_stop(without_the_field, stop).suspended_at == NOON
