"""The sessions that a revocation cuts off, and when a version of the brake has no room for their
names and ends everyone's."""

from datetime import timedelta
from pathlib import Path
from string import ascii_lowercase, digits

import msgspec
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.identifiers import MEMBER_ID_MAX, build_session_name
from chalicelib.domain.policies.documents import MANAGED_POLICY_MAX, size
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.cut_off import plan
from chalicelib.domain.vending.cut_off.brake_version import (
    MEMBERS_WITH_ROOM,
    SESSIONS_WITH_ROOM,
    WIDENED,
    build_brake_version,
    is_widened,
)
from chalicelib.domain.vending.cut_off.cut_offs import (
    MAX_ALL_NAMES,
    MAX_CUT_OFFS,
    MAX_NAMES,
    CutOff,
    CutOffStatus,
)
from chalicelib.domain.vending.cut_off.limits import add_cut_off
from chalicelib.domain.vending.cut_off.scope import (
    CutOffScope,
    CutOffTarget,
    find_cut_off_scope,
    group_sessions,
)
from chalicelib.domain.vending.cut_off.view import build_cut_off_view
from chalicelib.domain.vending.sessions import Session, SessionStatus
from tests.builders import (
    NOON,
    ROLE_ARN,
    a_cut_off,
    a_grant,
    a_member,
    a_role,
    a_seen_cut_off,
    a_token,
    an_access_link,
    an_engagement,
    role_cut_offs,
)
from tests.rows import every

SECOND = timedelta(seconds=1)
SCOPES = [
    (a_member(), Action.MEMBER_REVOKE, CutOffScope.MEMBER),
    (a_grant(), Action.GRANT_REVOKE, CutOffScope.MEMBER),
    (a_role(), Action.ROLE_END, CutOffScope.EVERYONE),
    (an_engagement(), Action.ENGAGEMENT_REVOKE, CutOffScope.EVERYONE),
    (an_engagement(), Action.ENGAGEMENT_CLOSE, None),
    (a_token(), Action.TOKEN_REVOKE, CutOffScope.SESSIONS),
    (an_access_link(), Action.ACCESS_LINK_REVOKE, CutOffScope.SESSIONS),
]


@every("item, action, scope", SCOPES)
def test_a_revocation_has_its_scope(item, action, scope):
    assert find_cut_off_scope(item, action) is scope


def a_session(number=0, **changes):
    fields = {
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


def target(**changes):
    fields = {
        "engagement": "acme-prod",
        "role": "readonly",
        "role_arn": ROLE_ARN,
        "needed_until": NOON + 5 * SECOND,
    }
    return CutOffTarget(**(fields | changes))


def test_everyone_is_one_target_for_each_role_and_its_last_session_counts():
    sessions = [a_session(3), a_session(7, member="bob"), a_session(2, role="deploy")]
    assert group_sessions(sessions, CutOffScope.EVERYONE) == [
        target(role="deploy", needed_until=NOON + 7 * SECOND),
        target(needed_until=NOON + 12 * SECOND),
    ]


def test_a_member_is_one_target_for_each_engagement_and_role():
    sessions = [a_session(), a_session(1), a_session(engagement="globex")]
    assert group_sessions(sessions, CutOffScope.MEMBER) == [
        target(member="alice", needed_until=NOON + 6 * SECOND),
        target(engagement="globex", member="alice"),
    ]


def test_sessions_are_named():
    sessions = [a_session(1), a_session(0)]
    names = (f"alice.{0:016x}", f"alice.{1:016x}")
    assert group_sessions(sessions, CutOffScope.SESSIONS) == [
        target(member="alice", sessions=names, needed_until=NOON + 6 * SECOND)
    ]


@every("scope", CutOffScope)
def test_an_iam_role_that_the_role_had_before_is_a_target_of_its_own(scope):
    former = ROLE_ARN.replace("Contractor", "Former")
    targets = group_sessions([a_session(), a_session(role_arn=former)], scope)
    assert [each.role_arn for each in targets] == [ROLE_ARN, former]


@every("count, name_count", [(MAX_NAMES, MAX_NAMES), (MAX_NAMES + 1, 0)])
def test_more_sessions_than_a_cut_off_names_are_all_of_the_members(count, name_count):
    (only,) = group_sessions(map(a_session, range(count)), CutOffScope.SESSIONS)
    assert (only.member, len(only.sessions)) == ("alice", name_count)


def test_no_session_is_no_target():
    assert group_sessions([], CutOffScope.EVERYONE) == []


@every("scope", CutOffScope)
def test_ten_thousand_sessions_of_a_role_fit_into_one_item_and_one_policy(scope):
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


SHORTEST_ROLE = "arn:aws:iam::987654321098:role/R"
LONGEST_ROLE = f"arn:aws-us-gov:iam::987654321098:role/{'p' * 510}/{'r' * 64}"
DOCUMENT = Path("docs/reference/cut-offs.md").read_text(encoding="utf-8")


def of_members(count, length):
    """Return cut-offs of this number of members with IDs of this length, each at a second of its
    own."""
    last = (ascii_lowercase + digits)[:count]
    return tuple(
        a_cut_off(member=each.rjust(length, "m"), issued_until=NOON + timedelta(seconds=second))
        for second, each in enumerate(last)
    )


def of_sessions(count, length):
    """Return one cut-off of this number of sessions, which are agents' if the length is the most
    that a member's ID has."""
    is_agent = length == MEMBER_ID_MAX
    names = (
        build_session_name("m" * length, f"{number:016x}", is_agent=is_agent)
        for number in range(count)
    )
    return (a_cut_off(sessions=tuple(names)),)


def count_until_widened(role_arn, build, length):
    """Return the largest number of names with which the brake still spares everyone else."""

    def fits(count):
        return not is_widened(role_cut_offs(*build(count, length), role_arn=role_arn), NOON)

    return next(count for count in range(1, 1000) if not fits(count + 1))


@every(
    "build, most, with_room",
    [(of_members, 1000, MEMBERS_WITH_ROOM), (of_sessions, MAX_ALL_NAMES, SESSIONS_WITH_ROOM)],
)
def test_the_numbers_of_names_with_room_are_computed(build, most, with_room):
    least = count_until_widened(LONGEST_ROLE, build, MEMBER_ID_MAX)
    assert (least, min(most, count_until_widened(SHORTEST_ROLE, build, 1))) == with_room


@every(
    "sentence",
    [
        f"of the {MEMBERS_WITH_ROOM[0] + 1}th to the {MEMBERS_WITH_ROOM[1] + 1}th member",
        f"of the {SESSIONS_WITH_ROOM[0] + 1}th to the {SESSIONS_WITH_ROOM[1] + 1}st single session",
        f"of the {MAX_CUT_OFFS + 1}st cut-off",
        f"more than {MAX_NAMES} single sessions",
    ],
)
def test_the_documentation_has_the_numbers(sentence):
    assert sentence in " ".join(DOCUMENT.split())


@every("count, is_said", [(14, False), (30, True)])
def test_a_cut_off_says_that_it_ends_everyones_sessions(count, *, is_said):
    def message_of(*cut_offs, method=CutOffMethod.BRAKE):
        stored = role_cut_offs(*cut_offs, method=method)
        return build_cut_off_view(stored, cut_offs[0], NOON).message

    first, *others = of_members(count, 8)
    seen = a_seen_cut_off(member=first.member, issued_until=first.issued_until)
    assert (WIDENED in message_of(seen, *others)) is is_said
    assert WIDENED not in message_of(first, *others)  # not written yet
    assert WIDENED not in message_of(seen, *others, method=CutOffMethod.NONE)


def written(canary, **changes):
    fields = {"member": canary, "canary": canary, "status": CutOffStatus.WRITTEN}
    return a_cut_off(**(fields | changes))


@every(
    "cut_offs, canaries",
    [
        ([written("a"), written("b")], ["a", "b"]),
        ([written("a"), written("b"), written("c")], ["b", "c"]),
        ([written("a"), written("a", member="bob")], ["a"]),
        ([written("a", status=CutOffStatus.SEEN)], []),
        ([written("a", status=CutOffStatus.REQUESTED)], []),
        ([written("a", role_arn=SHORTEST_ROLE)], []),
        ([written("a", needed_until=NOON)], []),
    ],
)
def test_a_version_denies_the_canaries_of_what_is_not_seen_yet(cut_offs, canaries):
    stored = role_cut_offs(*cut_offs)
    assert stored.list_unseen_canaries(NOON) == canaries
    text = str(build_brake_version(stored, NOON, "0" * 16))
    assert all(f".{each}'" in text for each in [*canaries, "0" * 16])


def test_only_the_brake_can_deny_an_earlier_canary():
    stored = role_cut_offs(written("a"), method=CutOffMethod.DENY_ALL)
    assert stored.list_unseen_canaries(NOON) == []


def test_what_shows_an_earlier_version_shows_nothing_of_a_later_one():
    cut_offs = (written("a"), written("b"), written("a", role_arn=SHORTEST_ROLE))
    stored = role_cut_offs(*cut_offs, canary="b")
    changed = plan.record_seen_earlier(stored, "a", NOON)
    assert [each.seen_at for each in changed.cut_offs] == [NOON, None, None]
    assert (changed.brake_seen_at, changed.canary_seen_at) == (NOON, None)


def test_an_earlier_canary_is_left_out_before_a_version_ends_everyones_sessions():
    left_out = set()
    for length in range(20, 33):
        for count in range(1, 30):
            members = of_members(count, length)
            cut_offs = (
                replace(each, status=CutOffStatus.WRITTEN, canary=f"{number:016x}")
                for number, each in enumerate(members, 1)
            )
            stored = role_cut_offs(*cut_offs, role_arn=LONGEST_ROLE)
            text = str(build_brake_version(stored, NOON, "0" * 16))
            if not is_widened(stored, NOON):
                assert all(f":{each.member}." in text for each in members)
                left_out.add(not all(each in text for each in stored.list_unseen_canaries(NOON)))
    assert left_out == {True, False}
