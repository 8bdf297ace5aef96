"""The right to decide a request, and the approvals that count and that are missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import StoredApprovers
from chalicelib.domain.requests.policies import Naming
from chalicelib.domain.requests.requests import AccessRequest, Approval, RequestStatus
from chalicelib.domain.vending.access import CallerKind
from tests.builders import (
    a_binding,
    a_client_approver,
    a_member,
    a_request,
    a_token,
    an_approval_policy,
)
from tests.domain.rows import Row
from tests.domain.vending.sessions_table import TICK
from tests.fakes import NOON

DAY = timedelta(hours=24)
LATER = NOON + timedelta(minutes=1)
PERSON, AGENT = CallerKind.PERSON, CallerKind.AGENT
REQUEST = a_request()
ALICE, BOB, LENA = a_member(), a_member("bob"), a_member("lena", kind=Kind.LEAD)
AUDITOR_BOB = a_member("bob", kind=Kind.AUDITOR)
SUSPENDED_BOB = a_member("bob", suspended_at=NOON)
BY_LEADS = an_approval_policy()
BY_BOB = an_approval_policy(leads=False, members=frozenset({"bob"}))
BY_BOTH = an_approval_policy(members=frozenset({"bob", "lena"}))
BY_NO_ONE = an_approval_policy(people=0, members=frozenset({"bob"}))
BY_CLIENT = an_approval_policy(leads=False, people=0, client=True)

APPROVERS = [
    Row("a lead, if leads may", expected=True, arguments=(LENA, BY_LEADS)),
    Row("a lead, if only bob may", expected=False, arguments=(LENA, BY_BOB)),
    Row("a member by name", expected=True, arguments=(BOB, BY_BOB)),
    Row("another member", expected=False, arguments=(BOB, BY_LEADS)),
    Row("a suspended member", expected=False, arguments=(SUSPENDED_BOB, BY_BOB)),
    Row("an auditor by name", expected=False, arguments=(AUDITOR_BOB, BY_BOB)),
    Row("a member by name, if no one is needed", expected=False, arguments=(BOB, BY_NO_ONE)),
]
DECIDERS = [
    Row("a lead", None, (REQUEST, BY_LEADS, LENA, PERSON)),
    Row("an agent of a lead", Reason.AGENT_CANNOT_DECIDE, (REQUEST, BY_LEADS, LENA, AGENT)),
    Row(
        "an agent, for one's own request",
        Reason.AGENT_CANNOT_DECIDE,
        (REQUEST, BY_LEADS, ALICE, AGENT),
    ),
    Row("the asker", Reason.OWN_REQUEST, (REQUEST, BY_LEADS, ALICE, PERSON)),
    Row(
        "a lead who asked",
        Reason.OWN_REQUEST,
        (a_request("lena"), BY_LEADS, LENA, PERSON),
    ),
    Row("someone else", Reason.NOT_AN_APPROVER, (REQUEST, BY_LEADS, BOB, PERSON)),
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
    return Row(name, expected, (request, policy, approver, kind, now))


def by_alice(at: Any = NOON) -> dict[str, Any]:
    return {"kind_set_by": "alice", "kind_set_at": at}


def naming(member: str, by: str, at: Any = NOON) -> Naming:
    return Naming(member=member, by=by, at=at)


BOB_BY_ALICE = an_approval_policy(
    leads=False, members=frozenset({"bob"}), namings=(naming("bob", "alice"),)
)
LEADS_BY_ALICE = an_approval_policy(leads_set_by="alice", leads_set_at=NOON)
IN_SLACK = Caller(LENA, a_binding("lena"))
APPROVALS = [
    approving("a lead", None, caller(LENA)),
    approving("a member by name", None, caller(BOB), BY_BOB),
    approving("the asker", Reason.OWN_REQUEST, caller(ALICE)),
    approving("an agent", Reason.AGENT_CANNOT_DECIDE, caller(LENA), kind=AGENT),
    # What the asker gave in the last 24 hours
    approving(
        "a lead made one by the asker a minute ago",
        Reason.RIGHT_TOO_NEW,
        caller(a_member("lena", kind=Kind.LEAD, **by_alice())),
    ),
    approving(
        "a lead made one by the asker 24 hours ago, less an instant",
        Reason.RIGHT_TOO_NEW,
        caller(a_member("lena", kind=Kind.LEAD, **by_alice())),
        now=NOON + DAY - TICK,
    ),
    approving(
        "a lead made one by the asker 24 hours ago",
        None,
        caller(a_member("lena", kind=Kind.LEAD, **by_alice())),
        now=NOON + DAY,
    ),
    approving(
        "a lead made one by another",
        None,
        caller(a_member("lena", kind=Kind.LEAD, kind_set_by="mia", kind_set_at=NOON)),
    ),
    approving(
        "a lead made one by the asker, without a time",
        None,
        caller(a_member("lena", kind=Kind.LEAD, **by_alice(None))),
    ),
    approving(
        "someone with a token from the asker's code",
        Reason.RIGHT_TOO_NEW,
        caller(LENA, code_made_by="alice", code_used_at=NOON),
    ),
    approving(
        "someone with a token from the asker's code of yesterday",
        None,
        caller(LENA, code_made_by="alice", code_used_at=NOON - DAY),
    ),
    approving(
        "someone with a token from another's code",
        None,
        caller(LENA, code_made_by="mia", code_used_at=NOON),
    ),
    approving("someone the asker named", Reason.RIGHT_TOO_NEW, caller(BOB), BOB_BY_ALICE),
    approving("someone the asker named yesterday", None, caller(BOB), BOB_BY_ALICE, now=NOON + DAY),
    approving("a lead, by the asker's change", Reason.RIGHT_TOO_NEW, caller(LENA), LEADS_BY_ALICE),
    approving(
        "a lead, by the asker's change of yesterday",
        None,
        caller(LENA),
        LEADS_BY_ALICE,
        now=NOON + DAY,
    ),
    approving(
        "a lead, by another's change",
        None,
        caller(LENA),
        an_approval_policy(leads_set_by="mia", leads_set_at=NOON),
    ),
    approving(
        "a lead the asker named, while every lead may by another's change",
        None,
        caller(LENA),
        an_approval_policy(
            members=frozenset({"lena"}),
            namings=(naming("lena", "alice"),),
            leads_set_by="mia",
            leads_set_at=NOON,
        ),
    ),
    approving(
        "a lead another named, while every lead may by the asker's change",
        None,
        caller(LENA),
        an_approval_policy(
            members=frozenset({"lena"}),
            namings=(naming("lena", "mia"),),
            leads_set_by="alice",
            leads_set_at=NOON,
        ),
    ),
    approving(
        "a lead the asker named, while every lead may by the asker's change",
        Reason.RIGHT_TOO_NEW,
        caller(LENA),
        an_approval_policy(
            members=frozenset({"lena"}),
            namings=(naming("lena", "alice"),),
            leads_set_by="alice",
            leads_set_at=NOON,
        ),
    ),
    approving(
        "a lead the asker named, while every lead may for longer than Daypass records",
        None,
        caller(LENA),
        an_approval_policy(members=frozenset({"lena"}), namings=(naming("lena", "alice"),)),
    ),
    approving(
        "a member the asker named, while every lead may by another's change",
        Reason.RIGHT_TOO_NEW,
        caller(BOB),
        an_approval_policy(
            members=frozenset({"bob"}),
            namings=(naming("bob", "alice"),),
            leads_set_by="mia",
            leads_set_at=NOON,
        ),
    ),
    approving(
        "a lead by the asker's change, once named by another",
        Reason.RIGHT_TOO_NEW,
        caller(LENA),
        an_approval_policy(
            namings=(naming("lena", "mia"),), leads_set_by="alice", leads_set_at=NOON
        ),
    ),
    approving(
        "a lead the asker named, while leads may not any more",
        Reason.RIGHT_TOO_NEW,
        caller(LENA),
        an_approval_policy(
            leads=False,
            members=frozenset({"lena"}),
            namings=(naming("lena", "alice"),),
            leads_set_by="mia",
            leads_set_at=NOON,
        ),
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
NEW_RIGHTS = [
    Row("the asker's, now", expected=True, arguments=("alice", NOON, "alice", NOON)),
    Row("another's, now", expected=False, arguments=("mia", NOON, "alice", NOON)),
    Row("the asker's through another", expected=True, arguments=("mia alice", NOON, "alice", NOON)),
    Row("a day ago", expected=False, arguments=("alice", NOON, "alice", NOON + DAY)),
    Row(
        "less than a day ago", expected=True, arguments=("alice", NOON, "alice", NOON + DAY - TICK)
    ),
    Row("at an unknown time", expected=False, arguments=("alice", None, "alice", NOON)),
]
GIVERS = [
    Row("a lead", "lena", (caller(LENA), NOON)),
    Row("one made today", "lena alice", (caller(a_member("lena", **by_alice())), NOON)),
    Row(
        "one made yesterday",
        "lena",
        (caller(a_member("lena", **by_alice())), NOON + DAY),
    ),
    Row(
        "one made today through another",
        "lena mia alice",
        (caller(a_member("lena", kind_set_by="mia alice", kind_set_at=NOON)), NOON),
    ),
    Row(
        "with a token from a code of today",
        "lena mia",
        (caller(LENA, code_made_by="mia", code_used_at=NOON), NOON),
    ),
    Row(
        "each of them once",
        "lena alice",
        (caller(a_member("lena", **by_alice()), code_made_by="alice", code_used_at=NOON), NOON),
    ),
]
JO = a_client_approver()
CLIENT_DECIDERS = [
    Row("the client's approver", None, (BY_CLIENT, JO)),
    Row("if the client is not asked", Reason.NOT_AN_APPROVER, (BY_LEADS, JO)),
    Row("revoked", Reason.NOT_AN_APPROVER, (BY_CLIENT, a_client_approver(revoked_at=NOON))),
    Row("a contact", Reason.NOT_AN_APPROVER, (BY_CLIENT, a_client_approver(is_contact=True))),
    Row(
        "another client's approver",
        Reason.NOT_AN_APPROVER,
        (BY_CLIENT, a_client_approver(engagement="globex")),
    ),
]
NEW_JO = a_client_approver(named_by="alice", named_at=NOON)
CLIENT_APPROVALS = [
    Row("the client's approver", None, (REQUEST, BY_CLIENT, JO, LATER)),
    Row("if the client is not asked", Reason.NOT_AN_APPROVER, (REQUEST, BY_LEADS, JO, LATER)),
    Row("named by the asker", Reason.RIGHT_TOO_NEW, (REQUEST, BY_CLIENT, NEW_JO, LATER)),
    Row("named by the asker yesterday", None, (REQUEST, BY_CLIENT, NEW_JO, NOON + DAY)),
    Row(
        "named by a lead of today, by the asker",
        Reason.RIGHT_TOO_NEW,
        (REQUEST, BY_CLIENT, a_client_approver(named_at=NOON, givers="lena alice"), LATER),
    ),
]
HOUR = timedelta(hours=1)
STATUSES = [
    Row("it waits", None, (REQUEST, NOON)),
    Row("it waits until it expires", None, (REQUEST, NOON + HOUR - TICK)),
    Row("it has expired", Reason.REQUEST_EXPIRED, (REQUEST, NOON + HOUR)),
    *(
        Row(f"it is {status}", Reason.REQUEST_DECIDED, (a_request(status=status), NOON + 2 * HOUR))
        for status in (RequestStatus.APPROVED, RequestStatus.DENIED, RequestStatus.WITHDRAWN)
    ),
]


def approval(by: str, at: Any = NOON, *, is_client: bool = False) -> Approval:
    return Approval(by=by, at=at, is_client=is_client)


ALL_STORED = StoredApprovers(
    members={"alice": ALICE, "bob": BOB, "lena": LENA},
    client={"jo": JO, "bob": a_client_approver("bob", named_at=NOON)},
)
BY_LENA, BY_JO = approval("lena"), approval("jo", is_client=True)
WITH_CLIENT = an_approval_policy(members=frozenset({"bob"}), client=True)


def counting(
    name: str,
    expected: tuple[Approval, ...],
    approvals: tuple[Approval, ...],
    policy: Any = WITH_CLIENT,
    stored: StoredApprovers = ALL_STORED,
) -> Row:
    return Row(name, expected, (a_request(approvals=approvals), policy, stored))


def with_bob(bob: Member) -> StoredApprovers:
    return StoredApprovers(members={"bob": bob})


BY_BOBBY = approval("bob")
COUNTING = [
    counting("none", (), ()),
    counting("a lead and the client", (BY_LENA, BY_JO), (BY_LENA, BY_JO)),
    counting(
        "the asker", (), (approval("alice"),), an_approval_policy(members=frozenset({"alice"}))
    ),
    counting("someone unknown", (), (approval("mia"), approval("mia", is_client=True))),
    counting("someone who may not approve any more", (), (BY_BOBBY,), BY_LEADS),
    counting("suspended since", (), (BY_BOBBY,), stored=with_bob(SUSPENDED_BOB)),
    counting(
        "suspended and reinstated since",
        (),
        (BY_BOBBY,),
        stored=with_bob(a_member("bob", tokens_from=LATER)),
    ),
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
        "a revoked approver of the client",
        (),
        (BY_JO,),
        stored=StoredApprovers(client={"jo": a_client_approver(revoked_at=NOON)}),
    ),
    counting(
        "an approver of the client of that name, named since",
        (),
        (approval("bob", is_client=True),),
    ),
]


def approved(name: str, by: str, *, expected: bool, is_client: bool = False) -> Row:
    return Row(name, expected, ((BY_LENA,), by), {"is_client": is_client})


HAS_APPROVED = [
    approved("lena did", "lena", expected=True),
    approved("bob did not", "bob", expected=False),
    approved("a lena at the client did not", "lena", expected=False, is_client=True),
]
LENA_LATER = approval("lena", LATER)
LENA_AT_CLIENT = approval("lena", is_client=True)
WITH_APPROVAL = [
    Row("the first", (BY_LENA,), ((), BY_LENA)),
    Row("another", (BY_LENA, BY_BOBBY), ((BY_LENA,), BY_BOBBY)),
    Row("the same person's again", (BY_BOBBY, LENA_LATER), ((BY_LENA, BY_BOBBY), LENA_LATER)),
    Row("of a lena at the client", (BY_LENA, LENA_AT_CLIENT), ((BY_LENA,), LENA_AT_CLIENT)),
]
TWO_AND_CLIENT = an_approval_policy(people=2, client=True)


def missing(people: int, *, client: bool) -> dict[str, Any]:
    return {"people": people, "client": client}


MISSING = [
    Row("everything", missing(2, client=True), ((), TWO_AND_CLIENT)),
    Row("one person and the client", missing(1, client=True), ((BY_LENA,), TWO_AND_CLIENT)),
    Row(
        "the same person twice",
        missing(1, client=True),
        ((BY_LENA, LENA_LATER), TWO_AND_CLIENT),
    ),
    Row("two people", missing(2, client=False), ((BY_JO,), TWO_AND_CLIENT)),
    Row("nothing", missing(0, client=False), ((BY_LENA, BY_BOBBY, BY_JO), TWO_AND_CLIENT)),
    Row("no client, if it is not asked", missing(1, client=False), ((), BY_LEADS)),
    Row("less than nothing", missing(0, client=False), ((BY_LENA, BY_BOBBY), BY_LEADS)),
]
MANY = frozenset(f"m{number}" for number in range(1, 8))


def waiting(
    name: str, expected: tuple[str, ...], policy: Any, *approvals: Approval, asker: str = "alice"
) -> Row:
    return Row(name, expected, (asker, policy, approvals))


WAITING = [
    waiting("a lead", ("a lead",), BY_LEADS),
    waiting("no one in particular", ("one of its approvers",), BY_LEADS, BY_LENA),
    waiting(
        "no one who is left",
        ("another approver, for a lead to name",),
        an_approval_policy(leads=False, members=frozenset({"alice"})),
    ),
    waiting(
        "two people who are not there",
        ("another approver, for a lead to name",),
        an_approval_policy(leads=False, people=2, members=frozenset({"alice"})),
    ),
    waiting("bob", ("bob",), BY_BOB),
    waiting("a lead or bob", ("a lead or bob",), WITH_CLIENT, BY_JO),
    waiting("a lead or bob, and the client", ("a lead or bob", "the client"), WITH_CLIENT),
    waiting("the client", ("the client",), BY_CLIENT),
    waiting("two leads", ("two leads",), an_approval_policy(people=2)),
    waiting("a second lead", ("a lead",), an_approval_policy(people=2), BY_LENA),
    waiting(
        "leads or bob",
        ("two of leads or bob",),
        an_approval_policy(people=2, members=frozenset({"bob"})),
    ),
    waiting(
        "both of two",
        ("bob", "carol"),
        an_approval_policy(leads=False, people=2, members=frozenset({"carol", "bob"})),
    ),
    waiting(
        "two of three",
        ("two of bob or carol or dan",),
        an_approval_policy(leads=False, people=2, members=frozenset({"carol", "bob", "dan"})),
    ),
    waiting(
        "the other two, if the asker is the third",
        ("bob", "carol"),
        an_approval_policy(leads=False, people=2, members=frozenset({"alice", "carol", "bob"})),
    ),
    waiting(
        "one of the other two",
        ("carol or dan",),
        an_approval_policy(leads=False, people=2, members=frozenset({"carol", "bob", "dan"})),
        BY_BOBBY,
    ),
    waiting(
        "bob, after a namesake at the client",
        ("bob",),
        an_approval_policy(leads=False, members=frozenset({"bob"}), client=True),
        approval("bob", is_client=True),
    ),
    waiting(
        "two of leads and two others",
        ("two of leads or bob or carol",),
        an_approval_policy(people=2, members=frozenset({"bob", "carol"})),
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
