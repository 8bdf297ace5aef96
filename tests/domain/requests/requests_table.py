"""The right to request access to a role, the ends of a request, and the policy in force."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import (
    build_effective_policy,
    find_opening_problem,
    has_ended,
)
from chalicelib.domain.requests.opening import find_request_problem
from chalicelib.domain.vending.access import AccessFacts, CallerKind
from tests.builders import (
    a_block,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request,
    a_role,
    an_approval_policy,
    an_engagement,
    an_override,
    some_facts,
)
from tests.domain.rows import Row, no, yes
from tests.fakes import NOON

PERSON, AGENT = CallerKind.PERSON, CallerKind.AGENT
SOON = NOON + timedelta(minutes=1)
STOPS = ("m", "e", "r", "g")
WITH_STOPS: dict[str, Any] = {
    "member": a_member(stop="m"),
    "engagement": an_engagement(stop="e"),
    "role": a_role(stop="r"),
    "grant": a_grant_on_request(stop="g"),
}


def facts(**changes: Any) -> AccessFacts:
    return some_facts(**({"grant": a_grant_on_request()} | changes))


def a_request_for(
    name: str, expected: Reason | None, kind: CallerKind = PERSON, **changes: Any
) -> Row:
    return Row(name, expected, facts(**changes), kind, NOON)


REQUEST_PROBLEMS = [
    a_request_for("a role on request", None),
    a_request_for("no member", Reason.NOT_A_MEMBER, member=None),
    a_request_for("an auditor", Reason.NOT_A_MEMBER, member=a_member(kind=Kind.AUDITOR)),
    a_request_for("no engagement", Reason.NOT_A_MEMBER, engagement=None),
    a_request_for("no grant", Reason.NOT_A_MEMBER, grant=None),
    a_request_for(
        "a revoked engagement",
        Reason.ENGAGEMENT_REVOKED,
        engagement=an_engagement(revoked_at=NOON),
    ),
    a_request_for(
        "a closed engagement", Reason.ENGAGEMENT_CLOSED, engagement=an_engagement(closed_at=NOON)
    ),
    a_request_for(
        "a grant that has ended", Reason.GRANT_NOT_CURRENT, grant=a_grant_on_request(ends_at=NOON)
    ),
    a_request_for("no role", Reason.ROLE_NOT_GRANTED, role=None),
    a_request_for("an ended role", Reason.ROLE_NOT_GRANTED, role=a_role(ended_at=NOON)),
    a_request_for("a role without a grant", Reason.ROLE_NOT_GRANTED, role=a_role("deploy")),
    a_request_for("an unverified role", Reason.ROLE_UNVERIFIED, role=a_role(verification=None)),
    a_request_for(
        "an unverified role that a lead overrides",
        None,
        role=a_role(verification=None, override=an_override()),
    ),
    a_request_for("a role that is open already", Reason.ACCESS_ALREADY_OPEN, grant=a_grant()),
    a_request_for("an agent", None, AGENT),
    a_request_for(
        "an agent where agents are refused",
        Reason.AGENTS_REFUSED,
        AGENT,
        engagement=an_engagement(agents=AgentAccess.REFUSE),
    ),
    a_request_for(
        "a person where agents are refused",
        None,
        engagement=an_engagement(agents=AgentAccess.REFUSE),
    ),
]


def ended(name: str, **changes: Any) -> Row:
    names = ("member", "engagement", "role", "grant")
    stored = WITH_STOPS | changes
    row = yes if changes else no
    facts = AccessFacts(token=None, **{name: stored[name] for name in names})
    return row(name, a_request(stops=STOPS), facts, NOON)


HAS_ENDED = [
    ended(
        "nothing happened",
    ),
    *(ended(f"no {name}", **{name: None}) for name in WITH_STOPS),
    ended("a later stop of the grant", grant=a_grant_on_request(stop="later")),
    ended("suspended", member=a_member(stop="m", suspended_at=NOON)),
    ended("an auditor", member=a_member(stop="m", kind=Kind.AUDITOR)),
    ended("closed", engagement=an_engagement(stop="e", closed_at=NOON)),
    ended("no grant any more", grant=a_grant_on_request(stop="g", ends_at=NOON)),
    ended("the role has ended", role=a_role(stop="r", ended_at=NOON)),
    ended(
        "the role was taken from the grant",
        grant=a_grant(stop="g", roles=frozenset({"deploy"})),
    ),
]


def opening(name: str, expected: Reason | None, **changes: Any) -> Row:
    return Row(name, expected, a_request(stops=STOPS), some_facts(**WITH_STOPS | changes), NOON)


OPENINGS = [
    opening("nothing happened", None),
    opening("a later stop", Reason.REQUEST_ENDED, member=a_member()),
    opening("frozen", Reason.FROZEN, freeze=a_block()),
    opening("paused", Reason.PAUSED_BY_CLIENT, pause=a_block("acme-prod")),
]
ALL_ROLES, READONLY = an_approval_policy(people=2), an_approval_policy("readonly")
CLIENTS = an_engagement(requires_client_approval=True)


def policy(name: str, expected: dict[str, Any], engagement: Any, *policies: Any) -> Row:
    by_role = {each.role: each for each in policies}
    return Row(name, expected, engagement, by_role, "readonly")


EFFECTIVE = [
    policy("none", {"people": 0, "client": False, "engagement": "acme-prod"}, an_engagement()),
    policy("the engagement's", {"people": 2, "client": False}, an_engagement(), ALL_ROLES),
    policy("the client's", {"people": 0, "client": True, "role": "readonly"}, CLIENTS),
    policy("the role's and the client's", {"people": 1, "client": True}, CLIENTS, READONLY),
]

RULES = [
    (build_effective_policy, EFFECTIVE, 3),
    (find_request_problem, REQUEST_PROBLEMS, 18),
    (has_ended, HAS_ENDED, 13),
    (find_opening_problem, OPENINGS, 1),
]
