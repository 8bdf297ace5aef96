"""Changes that leads may not make, beside some that they just may: a refusal changes nothing."""

from datetime import timedelta

from chalicelib.domain.engagements.engagements import ChangeEngagement, ChangeGrant, CreateGrant
from chalicelib.domain.engagements.life import LONGEST_ENGAGEMENT
from chalicelib.domain.engagements.reviews import Decision, ReviewGrant
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.onboarding.requests import OpenEngagement
from chalicelib.domain.people.enrolments import CreateEnrolment
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind
from chalicelib.domain.people.tokens import ChangeToken
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.engagements.grants import change_grant, create_grant, decide_review
from chalicelib.usecases.engagements.roles import change_role, create_role, override_role
from chalicelib.usecases.engagements.several import leave
from chalicelib.usecases.onboarding.open_engagement import open_engagement
from chalicelib.usecases.people.members import (
    change_member,
    create_enrolment,
    create_member,
    reinstate_member,
    revoke_enrolment,
    revoke_member,
)
from chalicelib.usecases.people.tokens import change_token
from tests.builders import (
    AFTER,
    BEFORE,
    ROLE_ARN,
    a_grant,
    a_role,
    a_scene,
    an_engagement,
    an_enrolment,
)
from tests.fakes import FIRM, NOON
from tests.golden import hold_against_file
from tests.usecases.changes_table import ALICES, call

DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
LIMIT = NOON + LONGEST_ENGAGEMENT
READONLY, DEPLOY = frozenset({"readonly"}), frozenset({"deploy"})


def opening(id="initech", **changes):
    facts = {"client": "Initech", "account_id": "765432109876", "ends_at": NOON + DAY} | changes
    return call(open_engagement, OpenEngagement(id=id, **facts))


def moving(**changes):
    return call(change_engagement, "acme-prod", ChangeEngagement(**changes))


def granting(member="bob", **changes):
    value = CreateGrant(**{"member": member, "roles": READONLY} | changes)
    return call(create_grant, "acme-prod", value)


def regranting(**changes):
    return call(change_grant, "acme-prod", "alice", ChangeGrant(**changes))


def adding(arn="arn:aws:iam::987654321098:role/Deploy"):
    return call(create_role, "acme-prod", CreateRole(name="deploy", arn=arn))


def altering(**changes):
    return call(change_role, "acme-prod", "readonly", ChangeRole(**changes))


def overriding(**life):
    until = NOON + timedelta(**life)
    return call(override_role, "acme-prod", "readonly", until=until, why="on it")


def enrolling(member="bob", **life):
    value = CreateEnrolment(expires_at=NOON + timedelta(**(life or {"days": 1})))
    return call(create_enrolment, member, value)


def reviewing(decision):
    return call(decide_review, "acme-prod", "alice", ReviewGrant(decision=decision, why="over"))


def each(attempts, *changes):
    return [attempt(**change) for attempt in attempts for change in changes]


OF_ENGAGEMENTS, OF_GRANTS, OF_ROLES = (opening, moving), (granting, regranting), (adding, altering)
# The items beside the usual ones, and what lena attempts with them.
ATTEMPTS = {
    "An account of the firm": (
        [], [opening(account_id=name) for name in (FIRM.account_id, *FIRM.other_accounts)],
    ),
    "The ID of a closed engagement": ([an_engagement(closed_at=NOON)], [opening("acme-prod")]),
    "The ID of a revoked engagement": ([an_engagement(revoked_at=NOON)], [opening("acme-prod")]),
    "An engagement that ends as it starts, before now, and now": (
        [], each(
            OF_ENGAGEMENTS,
            {"starts_at": NOON + DAY, "ends_at": NOON + DAY},
            {"starts_at": NOON - 2 * DAY, "ends_at": NOON - DAY},
            {"ends_at": NOON},
        )
    ),
    "The start at the end, and before it": (
        [], each([moving], {"starts_at": AFTER}, {"starts_at": AFTER - DAY})
    ),
    "Two years from the start or from now, and more": (
        [], [
            opening(starts_at=start, ends_at=end + more)
            for start, end in ((NOON, LIMIT), (BEFORE, LIMIT), (AFTER, AFTER + LONGEST_ENGAGEMENT))
            for more in (timedelta(), TICK)
        ]
    ),
    "An engagement that begins later, begun now": (
        [an_engagement(starts_at=NOON + 700 * DAY, ends_at=LIMIT + 700 * DAY)],
        [moving(starts_at=NOON)]
    ),
    "A grant that ends now, and that starts at its end, and before it": (
        [], each(OF_GRANTS, {"ends_at": NOON}, {"starts_at": AFTER}, {"starts_at": AFTER - DAY})
    ),
    "A grant for an auditor": ([], [granting("ada")]),
    "A role that does not exist, or has ended": (
        [a_role("ended", ended_at=NOON)],
        each(OF_GRANTS, {"roles": READONLY | DEPLOY}, {"roles": READONLY | {"ended"}})
    ),
    "Beside another current grant": ([a_grant("bob", ends_at=AFTER - DAY)], [granting()]),
    "Beside an upcoming grant": ([a_grant("bob", starts_at=NOON + DAY)], [granting()]),
    "Just before a grant ends": ([a_grant("bob", ends_at=NOON + TICK)], [granting()]),
    "As a grant ends": ([a_grant("bob", ends_at=NOON)], [granting()]),
    "After a grant's revocation": ([a_grant("bob", revoked_at=NOON)], [granting()]),
    "A revoked grant": ([a_grant(revoked_at=NOON)], [regranting(ends_at=AFTER + DAY)]),
    "A condition of a role that is not granted, or not on request": (
        [], each(
            OF_GRANTS,
            {"on_request": DEPLOY},
            {"emergency": READONLY},
            {"on_request": READONLY, "emergency": DEPLOY},
        )
    ),
    "A decision about a grant that has ended": (
        [a_grant(ends_at=NOON)], [*map(reviewing, Decision)]
    ),
    "A decision to keep a revoked grant": ([a_grant(revoked_at=NOON)], [reviewing(Decision.KEEP)]),
    "A role elsewhere": (
        [], each(
            OF_ROLES,
            {"arn": "arn:aws:iam::876543210987:role/R"},
            {"arn": "arn:aws:iam::123456789012:role/R"},
            {"arn": "arn:aws:iam::222233334444:role/R"},
            {"arn": "arn:aws-cn:iam::987654321098:role/R"},
            {"arn": "arn:aws:iam::987654321098:user/alice"},
            {"arn": "arn:aws:iam::987654321098:role/*"},
            {"arn": ""},
        )
    ),
    "A role of an engagement without access": (
        [an_engagement(closed_at=NOON, access_removed_at=NOON)],
        [adding(), *each([altering], {"arn": f"{ROLE_ARN}2"}, {"max_session": 900})]
    ),
    "An override until yesterday, now, in seven days, and later": (
        [], each([overriding], {"days": -1}, {}, {"days": 7}, {"days": 7, "microseconds": 1})
    ),
    "An ended role": ([a_role(ended_at=NOON)], [overriding(days=1), altering(max_session=900)]),
    "The ID of a member, and of a suspended one": (
        [], [
            call(create_member, CreateMember(id=name, name="Other", kind=Kind.MEMBER))
            for name in ("alice", "sam")
        ]
    ),
    "A member who does not exist": (
        [], [
            enrolling("eve"),
            call(reinstate_member, "eve", why="back"),
            call(change_member, "eve", ChangeMember(name="E")),
            *(call(end, "eve", why="?") for end in (revoke_member, leave, revoke_enrolment))
        ]
    ),
    "The last lead": (
        [], [
            call(change_member, "lena", ChangeMember(kind=Kind.AUDITOR)),
            *(call(end, "lena", why="by mistake") for end in (revoke_member, leave))
        ]
    ),
    "A code for ten minutes or seven days, and for less or more": (
        [], each(
            [enrolling],
            {"minutes": 10},
            {"minutes": 10, "microseconds": -1},
            {"days": 7},
            {"days": 7, "microseconds": 1},
        )
    ),
    "A code for a suspended member": ([], [enrolling("sam")]),
    "The code of a member who has none": ([], [call(revoke_enrolment, "bob", why="?")]),
    "A used code": ([an_enrolment(used_at=NOON)], [call(revoke_enrolment, "alice", why="?")]),
    "The label of someone else's token": (
        [], [call(change_token, ALICES, ChangeToken(label="mine"))]
    ),
}  # fmt: skip


def test_what_is_refused_changes_nothing_and_is_as_its_file_says():
    lines = []
    for name, (items, attempts) in ATTEMPTS.items():
        lines.append(f"# {name}")
        for attempt in attempts:
            scene = a_scene(*items)
            before = dict(scene.items)
            try:
                scene.do(attempt)
                lines.append("done")
            except DaypassError as error:
                assert (scene.items, scene.entries) == (before, []), name
                field = getattr(error, "field", None)
                about = f"{error.reason} ({field})" if field else error.reason
                lines.append(f"{type(error).__name__} {about}: {error.detail}")
    hold_against_file("refused-changes.txt", "\n".join(lines))
