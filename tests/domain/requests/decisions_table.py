"""The right to decide a request, and the approvals that count and that are missing."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.people.members import Caller, Kind, Member, rights_count_from
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import (
    NEVER,
    StoredApprovers,
    counts_too_late,
    find_approval_problem,
    find_client_decider_problem,
    find_decider_problem,
    find_repeat_problem,
    find_right_begin,
    find_status_problem,
    is_approver,
    select_valid_approvals,
    with_approval,
)
from chalicelib.domain.requests.policies import (
    ApprovalPolicy,
    Naming,
    find_missing,
    list_waiting_for,
)
from chalicelib.domain.requests.requests import AccessRequest, Approval, RequestStatus
from chalicelib.domain.vending.access import CallerKind
from tests.builders import (
    BEFORE,
    a_binding,
    a_client_approver,
    a_member,
    a_request,
    a_token,
    an_approval_policy,
    an_engagement,
)
from tests.domain.rows import Row, no, yes
from tests.domain.vending.sessions_table import TICK
from tests.fakes import NOON

DAY = timedelta(hours=24)
LATER = NOON + timedelta(minutes=1)
PERSON, AGENT = CallerKind.PERSON, CallerKind.AGENT
REQUEST = a_request()
ALICE, BOB, LENA = a_member(), a_member("bob"), a_member("lena", kind=Kind.LEAD)
AUDITOR_BOB = a_member("bob", kind=Kind.AUDITOR)
SUSPENDED_BOB = a_member("bob", suspended_at=NOON)
SUSPENDED_LENA = a_member("lena", kind=Kind.LEAD, suspended_at=NOON)


def by_names(*members: str, **rules: Any) -> ApprovalPolicy:
    """Return the policy that these members approve too."""
    return an_approval_policy(members=frozenset(members), **rules)


BY_LEADS = an_approval_policy()
BY_BOB = by_names("bob", leads=False)
BY_NO_ONE = by_names("bob", people=0)
BY_CLIENT = an_approval_policy(leads=False, people=0, client=True)

APPROVERS = [
    yes("a lead, if leads may", LENA, BY_LEADS),
    no("a lead, if only bob may", LENA, BY_BOB),
    yes("a member by name", BOB, BY_BOB),
    no("another member", BOB, BY_LEADS),
    no("a suspended member", SUSPENDED_BOB, BY_BOB),
    no("an auditor by name", AUDITOR_BOB, BY_BOB),
    no("a member by name, if no one is needed", BOB, BY_NO_ONE),
]
DECIDERS = [
    Row("a lead", None, REQUEST, BY_LEADS, LENA, PERSON),
    Row(
        "an agent, for one's own request",
        Reason.AGENT_CANNOT_DECIDE,
        REQUEST,
        BY_LEADS,
        ALICE,
        AGENT,
    ),
    Row("the asker", Reason.OWN_REQUEST, REQUEST, BY_LEADS, ALICE, PERSON),
    Row("someone else", Reason.NOT_AN_APPROVER, REQUEST, BY_LEADS, BOB, PERSON),
]


def caller(member: Member, **token: Any) -> Caller:
    return Caller(member, a_token(member.id, **token))


def approving(
    name: str,
    expected: Reason | None,
    approver: Caller,
    policy: Any = BY_LEADS,
    *,
    request: AccessRequest = REQUEST,
    kind: CallerKind = PERSON,
    now: Any = LATER,
) -> Row:
    return Row(name, expected, request, policy, approver, kind, now)


def naming(member: str, at: Any = NOON) -> Naming:
    return Naming(member=member, at=at)


NEW_BOB = by_names("bob", leads=False, namings=(naming("bob"), naming("lena", BEFORE)))
NEW_LENA = a_member("lena", kind=Kind.LEAD, kind_set_at=NOON)
IN_SLACK = Caller(LENA, a_binding("lena"))
APPROVALS = [
    approving("a lead", None, caller(LENA)),
    approving("the asker", Reason.OWN_REQUEST, caller(ALICE)),
    approving("an agent", Reason.AGENT_CANNOT_DECIDE, caller(LENA), kind=AGENT),
    # New rights
    approving("a lead made one yesterday", None, caller(NEW_LENA), now=NOON + DAY),
    approving(
        "a lead who got their token from someone else today",
        Reason.RIGHT_TOO_NEW,
        caller(LENA, given_at=NOON),
    ),
    # A sensitive role
    approving("in Slack", None, IN_SLACK),
    approving(
        "a sensitive role in Slack",
        Reason.SENSITIVE_ROLE,
        IN_SLACK,
        an_approval_policy(sensitive=True),
    ),
    approving(
        "a sensitive role with a token", None, caller(LENA), an_approval_policy(sensitive=True)
    ),
]
COUNTS_FROM = [
    Row("one right", NOON + DAY, NOON),
]
TWICE = by_names("lena", namings=(naming("lena", BEFORE),), leads_set_at=NOON)
RIGHT_BEGINS = [
    Row("a lead of last month", BEFORE + DAY, BY_LEADS, LENA),
    Row("with a token of today", NOON + DAY, BY_LEADS, LENA, NOON),
    Row("not a lead", NEVER, BY_LEADS, BOB),
]
RIGHT_BEGINS_LISTED = [
    Row("a lead", [BEFORE], BY_LEADS, LENA),
    Row("named and a lead", [BEFORE, NOON], TWICE, LENA),
    Row("named", [NOON], NEW_BOB, BOB),
    Row("named before, and not any more", [], an_approval_policy(namings=(naming("bob"),)), BOB),
    Row("leads may not", [], an_approval_policy(leads=False), LENA),
    Row("an unknown time", [], an_approval_policy(leads_set_at=None), LENA),
]
JO = a_client_approver()
CLIENT_DECIDERS = [
    Row("the client's approver", None, BY_CLIENT, JO),
    Row("if the client is not asked", Reason.NOT_AN_APPROVER, BY_LEADS, JO),
    Row("revoked", Reason.NOT_AN_APPROVER, BY_CLIENT, a_client_approver(revoked_at=NOON)),
    Row("a contact", Reason.NOT_AN_APPROVER, BY_CLIENT, a_client_approver(is_contact=True)),
    Row(
        "another client's approver",
        Reason.NOT_AN_APPROVER,
        BY_CLIENT,
        a_client_approver(engagement="globex"),
    ),
]
ACME = an_engagement()
HOUR = timedelta(hours=1)
STATUSES = [
    Row("it waits", None, REQUEST, NOON),
    Row("it has expired", Reason.REQUEST_EXPIRED, REQUEST, NOON + HOUR),
    *(
        Row(f"it is {status}", Reason.REQUEST_DECIDED, a_request(status=status), NOON + 2 * HOUR)
        for status in (RequestStatus.APPROVED, RequestStatus.DENIED, RequestStatus.WITHDRAWN)
    ),
]


def approval(by: str, at: Any = NOON, *, is_client: bool = False) -> Approval:
    return Approval(by=by, at=at, is_client=is_client)


ALL_STORED = StoredApprovers(
    members={"alice": ALICE, "bob": BOB, "lena": LENA},
    client={"jo": JO, "bob": a_client_approver("bob", named_at=NOON - DAY + TICK)},
)
BY_LENA, BY_JO = approval("lena"), approval("jo", is_client=True)
WITH_CLIENT = by_names("bob", client=True)


def counting(
    name: str,
    expected: tuple[Approval, ...],
    approvals: tuple[Approval, ...],
    policy: Any = WITH_CLIENT,
    stored: StoredApprovers = ALL_STORED,
    *,
    engagement: Any = ACME,
) -> Row:
    return Row(name, expected, a_request(approvals=approvals), engagement, policy, stored)


def with_bob(bob: Member) -> StoredApprovers:
    return StoredApprovers(members={"bob": bob})


BY_BOBBY = approval("bob")
COUNTING = [
    counting("none", (), ()),
    counting("a lead and the client", (BY_LENA, BY_JO), (BY_LENA, BY_JO)),
    counting("the asker", (), (approval("alice"),), by_names("alice")),
    counting("someone unknown", (), (approval("mia"), approval("mia", is_client=True))),
    counting("suspended since", (), (BY_BOBBY,), stored=with_bob(SUSPENDED_BOB)),
    counting(
        "reinstated at that instant",
        (),
        (BY_BOBBY,),
        stored=with_bob(a_member("bob", tokens_from=NOON)),
    ),
    counting(
        "reinstated before",
        (BY_BOBBY,),
        (BY_BOBBY,),
        stored=with_bob(a_member("bob", tokens_from=NOON - TICK)),
    ),
    counting("the client, who is not asked any more", (), (BY_JO,), BY_LEADS),
    counting(
        "an approver of the client who did not count then",
        (),
        (approval("bob", is_client=True),),
    ),
    counting(
        "an approver of the client who counted an instant later",
        (approval("bob", NOON + TICK, is_client=True),),
        (approval("bob", NOON + TICK, is_client=True),),
    ),
    counting(
        "an approver of the client who must be confirmed",
        (),
        (BY_JO,),
        engagement=an_engagement(requires_client_approval=True, client_approval_since=JO.named_at),
    ),
    counting(
        "an approver of the client that a suspended lead named",
        (),
        (BY_JO,),
        stored=StoredApprovers(client={"jo": JO}, members={"lena": SUSPENDED_LENA}),
    ),
    counting(
        "a lead whose right counted from that instant",
        (BY_LENA,),
        (BY_LENA,),
        stored=StoredApprovers(
            members={"lena": a_member("lena", kind=Kind.LEAD, kind_set_at=NOON - DAY)}
        ),
    ),
    counting(
        "a lead who was made one since",
        (),
        (BY_LENA,),
        stored=StoredApprovers(members={"lena": NEW_LENA}),
    ),
]


BY_TWO = by_names("bob", people=2)
LATE_LENA = a_member("lena", kind=Kind.LEAD, kind_set_at=NOON - DAY + timedelta(hours=1))
NEW_LEAD = a_member("mia", kind=Kind.LEAD, kind_set_at=NOON)
LAST_LENA = a_member("lena", kind=Kind.LEAD, kind_set_at=NOON - DAY + timedelta(hours=1) - TICK)
TOO_LATE = [
    no("a lead in time", REQUEST, BY_LEADS, [LENA], ()),
    yes("a lead at the expiry", REQUEST, BY_LEADS, [LATE_LENA], ()),
    no("a lead just before", REQUEST, BY_LEADS, [LAST_LENA], ()),
    no("no one at all", REQUEST, BY_LEADS, [BOB], ()),
    yes("the second", REQUEST, BY_TWO, [BOB, LATE_LENA], ()),
    yes("the first approved", REQUEST, BY_TWO, [BOB, LATE_LENA], (approval("bob"),)),
    yes(
        "a namesake at the client approved",
        REQUEST,
        BY_LEADS,
        [LATE_LENA],
        (approval("lena", is_client=True),),
    ),
    yes("the asker in time", a_request("bob"), BY_TWO, [BOB, LATE_LENA, NEW_LEAD], ()),
    no("nothing is missing", REQUEST, BY_LEADS, [LATE_LENA], (BY_LENA,)),
]
AGAIN = [
    Row("lena again", Reason.ALREADY_APPROVED_BY_YOU, (BY_LENA,), BY_TWO, BY_LENA),
    Row("someone else", None, (BY_LENA,), BY_TWO, BY_BOBBY),
    Row("lena, if nothing is missing any more", None, (BY_LENA,), BY_LEADS, BY_LENA),
]
LENA_LATER = approval("lena", LATER)
LENA_AT_CLIENT = approval("lena", is_client=True)
WITH_APPROVAL = [
    Row("the first", (BY_LENA,), (), BY_LENA),
    Row("another", (BY_LENA, BY_BOBBY), (BY_LENA,), BY_BOBBY),
    Row("the same person's again", (BY_BOBBY, LENA_LATER), (BY_LENA, BY_BOBBY), LENA_LATER),
    Row("of a lena at the client", (BY_LENA, LENA_AT_CLIENT), (BY_LENA,), LENA_AT_CLIENT),
]
TWO_AND_CLIENT = an_approval_policy(people=2, client=True)


def missing(people: int, *, client: bool) -> dict[str, Any]:
    return {"people": people, "client": client}


MISSING = [
    Row("everything", missing(2, client=True), (), TWO_AND_CLIENT),
    Row("two people", missing(2, client=False), (BY_JO,), TWO_AND_CLIENT),
    Row("less than nothing", missing(0, client=False), (BY_LENA, BY_BOBBY), BY_LEADS),
]
MANY = frozenset(f"m{number}" for number in range(1, 8))


def waiting(
    name: str, expected: tuple[str, ...], policy: Any, *approvals: Approval, asker: str = "alice"
) -> Row:
    return Row(name, expected, asker, policy, approvals)


WAITING = [
    waiting("a lead", ("a lead",), BY_LEADS),
    waiting("no one in particular", ("one of its approvers",), BY_LEADS, BY_LENA),
    waiting(
        "no one who is left",
        ("an approver that a lead must still name",),
        by_names("alice", leads=False),
    ),
    waiting(
        "two people who are not there",
        ("an approver that a lead must still name",),
        by_names("alice", leads=False, people=2),
    ),
    waiting("a lead or bob", ("a lead or bob",), WITH_CLIENT, BY_JO),
    waiting("a lead or bob, and the client", ("a lead or bob", "the client"), WITH_CLIENT),
    waiting("the client", ("the client",), BY_CLIENT),
    waiting("two leads", ("two leads",), an_approval_policy(people=2)),
    waiting(
        "leads or bob",
        ("two of leads or bob",),
        by_names("bob", people=2),
    ),
    waiting(
        "both of two",
        ("bob", "carol"),
        by_names("carol", "bob", leads=False, people=2),
    ),
    waiting(
        "two of three",
        ("two of bob or carol or dan",),
        by_names("carol", "bob", "dan", leads=False, people=2),
    ),
    waiting(
        "one of the other two",
        ("carol or dan",),
        by_names("carol", "bob", "dan", leads=False, people=2),
        BY_BOBBY,
    ),
    waiting(
        "bob, after a namesake at the client",
        ("bob",),
        by_names("bob", leads=False, client=True),
        approval("bob", is_client=True),
    ),
    waiting(
        "two of leads and two others",
        ("two of leads or bob or carol",),
        by_names("bob", "carol", people=2),
    ),
    waiting(
        "one of many",
        ("m1 or m2 or m3 or m4 or m5 or 2 others",),
        an_approval_policy(leads=False, members=MANY),
    ),
    waiting(
        "one of five",
        ("m1 or m2 or m3 or m4 or m5",),
        an_approval_policy(leads=False, members=MANY - {"m6", "m7"}),
    ),
]

RULES = [
    (is_approver, APPROVERS, 7),
    (find_decider_problem, DECIDERS, 3),
    (find_approval_problem, APPROVALS, 4),
    (find_right_begin, RIGHT_BEGINS, 3),
    (rights_count_from, COUNTS_FROM, 1),
    (ApprovalPolicy.list_rights, RIGHT_BEGINS_LISTED, 3),
    (find_client_decider_problem, CLIENT_DECIDERS, 5),
    (find_status_problem, STATUSES, 0),
    (select_valid_approvals, COUNTING, 0),
    (select_valid_approvals, COUNTING, 5, "counts_for_firm"),
    (select_valid_approvals, COUNTING, 4, "_counts_for_client"),
    (with_approval, WITH_APPROVAL, 1),
    (find_repeat_problem, AGAIN, 2),
    (find_missing, MISSING, 4),
    (counts_too_late, TOO_LATE, 4),
    (list_waiting_for, WAITING, 10),
    (list_waiting_for, WAITING, 3, "limit_names"),
]
