"""Access decisions by an approved grant and by an access link, and the approved grant that a first
use starts: one row for each condition."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.vending.access import CallerKind, SessionRequest, decide_access
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.first_use import find_grant_to_start
from tests.builders import (
    READONLY,
    a_binding,
    a_block,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request_id,
    a_role,
    a_token,
    an_access_link,
    an_approved_grant,
    an_engagement,
    facts_by_link,
    presented_by,
    presented_in_slack,
    some_facts,
)
from tests.domain.rows import Row, no, yes
from tests.domain.vending.access_table import DECIDED, TICK, by_token
from tests.fakes import NOON

APPROVED = an_approved_grant()
OTHER = an_approved_grant(
    number="2", request=a_request_id(number=1), ends_at=NOON + timedelta(hours=3)
)
CLIENT_APPROVES = an_engagement(requires_client_approval=True)


def approved(
    name: str,
    expected: object,
    /,
    *grants: Any,
    now: Any = NOON,
    request: SessionRequest | None = None,
    first_request: str = "",
    **facts: Any,
) -> Row:
    """Return a row in which alice requests `readonly` with these approved grants. Her grant gives
    access only on request. Arguments replace the valid facts."""
    request = request or READONLY
    valid = {"grant": a_grant_on_request(), "approved_grants": grants}
    keywords: dict[str, Any] = {"approved_request": first_request} if first_request else {}
    arguments = (some_facts(**(valid | facts)), presented_by(), request, now)
    return Row(name, expected, *arguments, **keywords)


BY_APPROVAL = [
    approved("an approved grant", {"duration": 3600, "approved": APPROVED}, APPROVED),
    approved("the second decision stays with the first request", {"approved": APPROVED},
             APPROVED, OTHER, first_request=APPROVED.request),
    approved("the second decision does not change to another request", "approval-required",
             OTHER, first_request=APPROVED.request),
    approved("no approved grant", "approval-required"),
    approved("the approved grant ends first",
             {"duration": 1795, "deadline": NOON + timedelta(seconds=1800)},
             an_approved_grant(ends_at=NOON + timedelta(seconds=1800))),
    approved("the grant ends first",
             {"duration": 1795, "deadline": NOON + timedelta(seconds=1800)}, APPROVED,
             grant=a_grant_on_request(ends_at=NOON + timedelta(seconds=1800))),
    approved("the approved grant ends too soon", "ends-too-soon",
             an_approved_grant(ends_at=NOON + timedelta(seconds=904))),
    approved("not started", "access-not-started", an_approved_grant(duration=3600)),
    # The command starts access after this refusal. So nothing else may refuse the session then.
    approved("not started, and agents are refused", "agents-refused",
             an_approved_grant(duration=3600), engagement=an_engagement(agents=AgentAccess.REFUSE),
             request=replace(READONLY, caller=CallerKind.AGENT)),
    approved("not started, and without a reason", "reason-required",
             an_approved_grant(duration=3600), role=a_role(requires_reason=True)),
    approved("not started, and too long", "duration-too-long",
             an_approved_grant(duration=3600), role=a_role(max_session=900),
             request=replace(READONLY, duration=1800)),
    approved("revoked", "approval-revoked", an_approved_grant(revoked_at=NOON)),
    approved("where the client approves all access", "client-approval-required",
             grant=a_grant(), engagement=CLIENT_APPROVES),
    # The order of reasons: outsiders learn nothing, and an approved grant replaces no condition.
    approved("a role that is not granted any more", "role-not-granted", APPROVED,
             grant=a_grant_on_request(roles=frozenset({"deploy"}))),
    approved("a suspended member", "member-suspended", APPROVED,
             member=a_member(suspended_at=NOON)),
    approved("a freeze", "frozen", APPROVED, freeze=a_block()),
    approved("the client's pause", "paused-by-client", APPROVED, pause=a_block("acme-prod")),
]  # fmt: skip

USED = an_access_link(used_at=NOON)


def by_link(
    name: str,
    expected: object,
    /,
    *,
    now: Any = NOON,
    first_decided_at: Any = None,
    presented: Any = None,
    request: SessionRequest | None = None,
    **facts: Any,
) -> Row:
    """Return a row in which alice uses her link from Slack. Arguments replace the valid facts."""
    request = request or READONLY
    presented = presented or presented_in_slack(link=USED)
    keywords = {"first_decided_at": first_decided_at} if first_decided_at else {}
    return Row(name, expected, facts_by_link(**facts), presented, request, now, **keywords)


BY_LINK = [
    by_link("a valid link", {"duration": 3600, "link": USED}),
    by_link("her own token, without showing her link", {"link": None}, token=a_token(),
            presented=presented_by()),
    by_link("Slack without a link", "access-link-required", presented=presented_in_slack()),
    by_link("Slack without a link, and no stored link", "access-link-required",
            presented=presented_in_slack(), link=None),
    by_link("an unknown link", "access-link-unknown", link=None),
    by_link("another link than the one shown", "access-link-unknown",
            link=an_access_link("c" * 52, used_at=NOON)),
    by_link("bob's link", "access-link-unknown",
            link=an_access_link(used_at=NOON, member="bob")),
    by_link("a link that another token requested", "access-link-unknown",
            link=an_access_link(used_at=NOON, token=a_token().hash)),
    by_link("a link that is not marked as used", "access-link-unknown", link=an_access_link()),
    by_link("a revoked link", "access-link-revoked",
            link=an_access_link(used_at=NOON, revoked_at=NOON)),
    by_link("a link that expires now", "access-link-expired", now=USED.expires_at),
    by_link("a link that expires during the vend", {"link": USED}, now=USED.expires_at + TICK,
            first_decided_at=USED.expires_at - TICK),
    by_link("a link for another engagement", "access-link-unknown",
            link=an_access_link(used_at=NOON, engagement="globex")),
    by_link("a link for another role", "access-link-unknown",
            link=an_access_link(used_at=NOON, role="deploy")),
    by_link("a role that refuses links", "role-closed-to-links",
            role=a_role(allows_links=False)),
    by_token("a role that refuses links, with her own token", {"duration": 3600},
             role=a_role(allows_links=False)),
    # The order of reasons.
    by_link("revoked before expired", "access-link-revoked", now=USED.expires_at,
            link=an_access_link(used_at=NOON, revoked_at=NOON)),
    by_link("a revoked binding before the revoked link", "token-revoked",
            token=a_binding(revoked_at=NOON), link=an_access_link(used_at=NOON, revoked_at=NOON)),
    by_link("the link before the grant", "access-link-expired", now=USED.expires_at,
            grant=None),
    by_link("outsiders do not learn that a role refuses links", "not-a-member", grant=None,
            role=a_role(allows_links=False)),
    by_link("refusing links before the missing reason", "role-closed-to-links",
            role=a_role(requires_reason=True, allows_links=False)),
]  # fmt: skip
REFUSAL_REASONS = [
    Row("a valid link", None, an_access_link(), NOON),
    Row("expiring now", "access-link-expired", an_access_link(), USED.expires_at),
    Row("revoked", "access-link-revoked", an_access_link(revoked_at=NOON), NOON),
]  # fmt: skip

BELONGS_TO = [
    yes("the token that requested the link", USED, a_binding()),
    no("another token of the member", USED, a_token()),
    no("another member's token with the same hash", USED, a_binding("bob", hash=USED.token)),
]


WAITS = an_approved_grant(duration=3600)
FIRST_TO_START = an_approved_grant(
    duration=3600, number="2", request=a_request_id(number=1), ends_at=NOON + TICK
)
SAME_END = an_approved_grant(duration=3600, number="2", request=a_request_id(number=1))


def first_use(name: str, expected: object, /, *grants: Any, now: Any = NOON, **facts: Any) -> Row:
    """Return a row in which alice first uses `readonly` with these approved grants."""
    valid = {"grant": a_grant_on_request(), "approved_grants": grants}
    return Row(name, expected, some_facts(**(valid | facts)), now)


STARTED = an_approved_grant(duration=3600, started_at=NOON)
BY_CLIENT = an_approved_grant(duration=3600, client_approved=True)
FIRST_USE = [
    first_use("access that waits", WAITS, WAITS),
    first_use("the one that has to be started first", FIRST_TO_START, WAITS, FIRST_TO_START),
    first_use("of two with one end, the earlier request", WAITS, SAME_END, WAITS),
    first_use("access that has started", None, STARTED),
    first_use("revoked", None, an_approved_grant(duration=3600, revoked_at=NOON)),
    first_use("a tick before it can start", None, WAITS, now=NOON - TICK),
    first_use("the last start has passed", None, WAITS, now=WAITS.ends_at),
    first_use("not approved by the client", None, WAITS, engagement=CLIENT_APPROVES),
    first_use("approved by the client", BY_CLIENT, BY_CLIENT, engagement=CLIENT_APPROVES),
    *(
        first_use(f"no {missing}", None, WAITS, **{missing: None})
        for missing in ("member", "engagement", "role", "grant")
    ),
]

ACCESS = DECIDED + BY_LINK + BY_APPROVAL
RULES = [
    (decide_access, ACCESS, 63),
    (decide_access, ACCESS, 3, "_choose_session_policy"),
    (decide_access, ACCESS, 8, "_find_link_problem"),
    (AccessLink.refusal_reason, REFUSAL_REASONS, 1),
    (AccessLink.belongs_to, BELONGS_TO, 2),
    (find_grant_to_start, FIRST_USE, 8),
]
