"""The sessions that a revocation cuts off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.domain.policies.documents import MANAGED_POLICY_MAX, size
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.cut_off.brake_version import build_brake_version
from chalicelib.domain.vending.cut_off.cut_offs import (
    MAX_NAMES,
    CutOff,
    add_cut_off,
)
from chalicelib.domain.vending.cut_off.scope import (
    CutOffScope,
    CutOffTarget,
    find_cut_off_scope,
    group_sessions,
)
from chalicelib.domain.vending.sessions import Session, SessionStatus
from chalicelib.domain.vending.withholding import VendBasis
from tests.builders import (
    ROLE_ARN,
    a_grant,
    a_member,
    a_role,
    a_token,
    an_access_link,
    an_engagement,
    role_cut_offs,
)
from tests.fakes import NOON

SECOND = timedelta(seconds=1)
SCOPES: list[tuple[VendBasis, Action, CutOffScope | None]] = [
    (a_member(), Action.MEMBER_REVOKE, CutOffScope.MEMBER),
    (a_grant(), Action.GRANT_REVOKE, CutOffScope.MEMBER),
    (a_role(), Action.ROLE_END, CutOffScope.EVERYONE),
    (an_engagement(), Action.ENGAGEMENT_REVOKE, CutOffScope.EVERYONE),
    (an_engagement(), Action.ENGAGEMENT_CLOSE, None),
    (a_token(), Action.TOKEN_REVOKE, CutOffScope.SESSIONS),
    (an_access_link(), Action.ACCESS_LINK_REVOKE, CutOffScope.SESSIONS),
]


@pytest.mark.parametrize(("item", "action", "scope"), SCOPES)
def test_a_revocation_has_its_scope(
    item: VendBasis, action: Action, scope: CutOffScope | None
) -> None:
    assert find_cut_off_scope(item, action) is scope


def a_session(number: int = 0, **changes: Any) -> Session:
    fields: dict[str, Any] = {
        "vend": f"{number:016x}",
        "member": "alice",
        "token": "5f2c",
        "engagement": "acme-prod",
        "role": "readonly",
        "status": SessionStatus.LIVE,
        "began_at": NOON,
        "ends_by": NOON + number * SECOND,
        "role_arn": ROLE_ARN,
        "session_name": f"alice.{number:016x}",
    }
    return Session(**(fields | changes))


def target(**changes: Any) -> CutOffTarget:
    fields: dict[str, Any] = {
        "engagement": "acme-prod",
        "role": "readonly",
        "role_arn": ROLE_ARN,
        "needed_until": NOON + 5 * SECOND,
    }
    return CutOffTarget(**(fields | changes))


def test_everyone_is_one_target_for_each_role_and_its_last_session_counts() -> None:
    sessions = [a_session(3), a_session(7, member="bob"), a_session(2, role="deploy")]
    assert group_sessions(sessions, CutOffScope.EVERYONE) == [
        target(role="deploy", needed_until=NOON + 7 * SECOND),
        target(needed_until=NOON + 12 * SECOND),
    ]


def test_a_member_is_one_target_for_each_engagement_and_role() -> None:
    sessions = [a_session(), a_session(1), a_session(engagement="globex")]
    assert group_sessions(sessions, CutOffScope.MEMBER) == [
        target(member="alice", needed_until=NOON + 6 * SECOND),
        target(engagement="globex", member="alice"),
    ]


def test_sessions_are_named() -> None:
    sessions = [a_session(1), a_session(0)]
    names = (f"alice.{0:016x}", f"alice.{1:016x}")
    assert group_sessions(sessions, CutOffScope.SESSIONS) == [
        target(member="alice", sessions=names, needed_until=NOON + 6 * SECOND)
    ]


@pytest.mark.parametrize("scope", CutOffScope)
def test_an_iam_role_that_the_role_had_before_is_a_target_of_its_own(scope: CutOffScope) -> None:
    former = ROLE_ARN.replace("Contractor", "Former")
    targets = group_sessions([a_session(), a_session(role_arn=former)], scope)
    assert [each.role_arn for each in targets] == [ROLE_ARN, former]


@pytest.mark.parametrize(("count", "name_count"), [(MAX_NAMES, MAX_NAMES), (MAX_NAMES + 1, 0)])
def test_more_sessions_than_a_cut_off_names_are_all_of_the_members(
    count: int, name_count: int
) -> None:
    (only,) = group_sessions(map(a_session, range(count)), CutOffScope.SESSIONS)
    assert (only.member, len(only.sessions)) == ("alice", name_count)


def test_no_session_is_no_target() -> None:
    assert group_sessions([], CutOffScope.EVERYONE) == []


@pytest.mark.parametrize("scope", CutOffScope)
def test_ten_thousand_sessions_of_a_role_fit_into_one_item_and_one_policy(
    scope: CutOffScope,
) -> None:
    sessions = [
        a_session(number, member=f"member-{number % 100}", session_name=f"s.{number:016x}")
        for number in range(10_000)
    ]
    stored = role_cut_offs()
    for number, each in enumerate(group_sessions(sessions, scope)):
        cut_off = CutOff(
            id=f"{number:016x}",
            member=each.member,
            sessions=each.sessions,
            issued_until=NOON,
            requested_by="lena",
            requested_at=NOON,
            needed_until=each.needed_until,
        )
        stored = add_cut_off(stored, cut_off)

    policy = build_brake_version(stored, NOON, "0" * 16)

    assert len(msgspec.json.encode(stored)) < 100_000  # DynamoDB stores 400 KB in an item
    assert size(policy) <= MANAGED_POLICY_MAX
