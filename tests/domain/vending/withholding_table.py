"""Changes that withhold an open vend: alice's vend of `readonly` at acme-prod for 15 minutes."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.vending.withholding import WithholdBasis, depends_on, find_withhold_reason
from tests.builders import (
    AFTER,
    ASKED_IN,
    ROLE_ARN,
    a_binding,
    a_block,
    a_client_approver,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request_id,
    a_role,
    a_token,
    a_verification,
    an_access_link,
    an_approved_grant,
    an_engagement,
    an_override,
    results,
)
from tests.domain.rows import Row
from tests.domain.vending.sessions_table import TICK, an_entry
from tests.fakes import NOON

# At the decision, the grant and the engagement ended at AFTER.
DETAILS = dict(an_entry(Outcome.INTENDED).details) | {"deadline": rfc3339(AFTER)}
VEND = an_entry(Outcome.INTENDED, token=a_token().id, details=DETAILS)
LINK = an_access_link(used_at=NOON)
BY_LINK = an_entry(
    Outcome.INTENDED,
    token=a_binding().id,
    details=DETAILS | {"link": LINK.id, "asked_in": ASKED_IN},
)
BY_REQUEST = an_entry(
    Outcome.INTENDED,
    token=a_token().id,
    details=DETAILS | {"request": a_request_id(), "deadline": rfc3339(an_approved_grant().ends_at)},
)
CLIENT_APPROVED = replace(
    BY_REQUEST, details=dict(BY_REQUEST.details) | {"client_approved": "true"}
)
OTHER_ARN = ROLE_ARN.replace("ContractorRole", "Other")
# A session begins at most 30 s after the vend's intent.
LATEST = NOON + timedelta(seconds=30 + 900)
SOON = NOON + timedelta(minutes=1)
NOT_READONLY = frozenset({"deploy"})


def a_vend(**details: str) -> Entry:
    return an_entry(Outcome.INTENDED, details=dict(VEND.details) | details)


DEPENDS_ON = [
    Row(name, expected, VEND, item)
    for name, expected, item in [
        ("her token", True, a_token()),
        ("her other token", False, replace(a_token(), hash="0" * 64)),
        ("bob's token with the same ID", False, replace(a_token("bob"), hash=a_token().hash)),
        ("alice", True, a_member()),
        ("bob", False, a_member("bob")),
        ("the engagement", True, an_engagement()),
        ("another engagement", False, an_engagement("globex")),
        ("her grant", True, a_grant()),
        ("bob's grant", False, a_grant("bob")),
        ("her grant for another engagement", False, a_grant(engagement="globex")),
        ("an approved grant, for a vend that needed none", False, an_approved_grant()),
        ("the role", True, a_role()),
        ("another role", False, a_role("deploy")),
        ("a role of this name at another engagement", False, a_role(engagement="globex")),
        ("a link, for a vend without a link", False, LINK),
        ("a freeze", True, a_block()),
        ("the engagement's pause", True, a_block("acme-prod")),
        ("another engagement's pause", False, a_block("globex")),
        ("an approver of the client: only their approvals count", False, a_client_approver()),
    ]
] + [
    Row(name, expected, BY_LINK, item)
    for name, expected, item in [
        ("the vend's link", True, LINK),
        ("another link of hers", False, an_access_link("c" * 52)),
        ("bob's link with the same ID", False, replace(LINK, member="bob")),
        ("the binding that requested the vend's link", True, a_binding()),
    ]
] + [
    Row(name, expected, BY_REQUEST, item)
    for name, expected, item in [
        ("the vend's approved grant", True, an_approved_grant()),
        ("her approved grant of another request", False,
         an_approved_grant(request=a_request_id(number=1))),
        ("bob's approved grant", False, an_approved_grant("bob")),
    ]
]  # fmt: skip


def changed(name: str, expected: Reason | None, item: WithholdBasis, vend: Entry = VEND) -> Row:
    return Row(name, expected, vend, item, NOON)


def overridden(**changes: Any) -> Any:
    return a_role(verification=None, override=an_override(until=AFTER, **changes))


def agents(access: AgentAccess) -> Any:
    return an_engagement(agents=access)


WITHHOLD_REASONS = [
    changed("an unchanged token", None, a_token()),
    changed("a revoked token", "token-revoked", a_token(revoked_at=NOON)),
    changed("a member who became a lead", None, a_member(kind=Kind.LEAD)),
    changed("a suspended member", "member-suspended", a_member(suspended_at=NOON)),
    changed("a member who became an auditor", "not-a-member", a_member(kind=Kind.AUDITOR)),
    changed("a suspended member who became an auditor", "member-suspended",
            a_member(suspended_at=NOON, kind=Kind.AUDITOR)),
    changed("a revoked engagement", "engagement-revoked", an_engagement(revoked_at=NOON)),
    changed("a revoked and closed engagement", "engagement-revoked",
            an_engagement(revoked_at=NOON, closed_at=NOON)),
    changed("an engagement that starts later", "engagement-closed",
            an_engagement(starts_at=SOON)),
    changed("an engagement that ends before the session", "ends-too-soon",
            an_engagement(ends_at=LATEST - TICK)),
    changed("an engagement that ends with the session", None, an_engagement(ends_at=LATEST)),
    changed("an engagement as short as at the decision", None, an_engagement(ends_at=SOON),
            a_vend(deadline=rfc3339(SOON))),
    changed("a person's vend, where agents are now refused", None, agents(AgentAccess.REFUSE),
            a_vend(caller="person")),
    changed("a vend from before callers were recorded", None, agents(AgentAccess.REFUSE)),
    changed("an agent's vend, where agents are now refused", "agents-refused",
            agents(AgentAccess.REFUSE), a_vend(caller="agent", access="read-only")),
    changed("an agent's vend to read, where agents may only read", None,
            agents(AgentAccess.READ_ONLY), a_vend(caller="agent", access="read-only")),
    changed("an agent's whole vend, where agents may do all", None,
            agents(AgentAccess.ALLOW), a_vend(caller="agent")),
    changed("an agent's whole vend, where agents may now only read", "changed-meanwhile",
            agents(AgentAccess.READ_ONLY), a_vend(caller="agent")),
    changed("agents are refused before the end", "agents-refused",
            an_engagement(agents=AgentAccess.REFUSE, ends_at=LATEST - TICK),
            a_vend(caller="agent")),
    changed("a grant that starts later", "grant-not-current", a_grant(starts_at=SOON)),
    changed("a grant without the role", "role-not-granted", a_grant(roles=NOT_READONLY)),
    changed("a revoked grant without the role", "grant-not-current",
            a_grant(roles=NOT_READONLY, revoked_at=NOON)),
    changed("a grant that ends before the session", "ends-too-soon",
            a_grant(ends_at=LATEST - TICK)),
    changed("a grant that ends with the session", None, a_grant(ends_at=LATEST)),
    changed("a grant as short as at the decision", None, a_grant(ends_at=SOON),
            a_vend(deadline=rfc3339(SOON))),
    changed("a grant with the role now on request", "approval-required",
            a_grant_on_request()),
    changed("a grant without the role before on request", "role-not-granted",
            a_grant_on_request(roles=NOT_READONLY)),
    changed("on request before the end", "approval-required",
            a_grant_on_request(ends_at=LATEST - TICK)),
    changed("a grant on request, as at the decision", None, a_grant_on_request(), BY_REQUEST),
    changed("a grant on request that ends before the session", "ends-too-soon",
            a_grant_on_request(ends_at=LATEST - TICK), BY_REQUEST),
    changed("a revoked approved grant", "approval-revoked",
            an_approved_grant(revoked_at=NOON), BY_REQUEST),
    changed("an approved grant that ends before the session", "ends-too-soon",
            an_approved_grant(ends_at=LATEST - TICK), BY_REQUEST),
    changed("the client now approves all access, and has not approved this",
            "client-approval-required", an_engagement(requires_client_approval=True)),
    changed("the client now approves all access, and a colleague approved this",
            "client-approval-required", an_engagement(requires_client_approval=True),
            BY_REQUEST),
    changed("the client now approves all access, and has approved this", None,
            an_engagement(requires_client_approval=True), CLIENT_APPROVED),
    changed("closed before the client's approval is missing", "engagement-closed",
            an_engagement(requires_client_approval=True, closed_at=NOON)),
    changed("an ended role", "role-not-granted", a_role(ended_at=NOON)),
    changed("an ended, unverified role", "role-not-granted",
            a_role(ended_at=NOON, verification=None)),
    changed("a role whose check failed", "role-unverified",
            a_role(verification=a_verification(results=results(*results())))),
    changed("an unverified, overridden role", None, overridden()),
    changed("an override of another ARN", "role-unverified", overridden(role_arn=OTHER_ARN)),
    changed("another ARN, unverified", "role-unverified", a_role(arn=OTHER_ARN)),
    changed("another ARN, verified", "changed-meanwhile",
            a_role(arn=OTHER_ARN, verification=a_verification(role_arn=OTHER_ARN))),
    changed("a role that now requires a reason", "reason-required",
            a_role(requires_reason=True)),
    changed("a role that requires a reason, which the vend has", None, a_role(requires_reason=True),
            vend=a_vend(said="INC-7")),
    changed("a shorter maximum than the vend's duration", "duration-too-long",
            a_role(max_session=899)),
    changed("a maximum equal to the vend's duration", None, a_role(max_session=900)),
    changed("chaining no longer allowed", "changed-meanwhile", a_role(),
            vend=a_vend(chaining="allowed")),
    changed("chaining still allowed", None, a_role(allows_chaining=True),
            vend=a_vend(chaining="allowed")),
    changed("a freeze", "frozen", a_block()),
    changed("a pause", "paused-by-client", a_block("acme-prod")),
    changed("an unchanged link", None, LINK, BY_LINK),
    changed("a revoked link", "access-link-revoked", replace(LINK, revoked_at=NOON), BY_LINK),
    changed("the revoked binding of the vend's link", "token-revoked",
            a_binding(revoked_at=NOON), BY_LINK),
    changed("a role that now refuses links", "role-closed-to-links",
            a_role(allows_links=False), BY_LINK),
    changed("a role that still accepts links", None, a_role(), BY_LINK),
    changed("a role that refuses links, for a vend without a link", None,
            a_role(allows_links=False)),
    changed("unverified before refusing links", "role-unverified",
            a_role(verification=None, allows_links=False), BY_LINK),
    changed("refusing links before the missing reason", "role-closed-to-links",
            a_role(requires_reason=True, allows_links=False), BY_LINK),
    changed("the missing reason before the duration", "reason-required",
            a_role(requires_reason=True, max_session=899)),
    changed("the duration before the ARN", "duration-too-long", a_role(max_session=899),
            vend=a_vend(chaining="allowed")),
]  # fmt: skip

RULES = [
    (depends_on, DEPENDS_ON, 12),
    (find_withhold_reason, WITHHOLD_REASONS, 23),
    (find_withhold_reason, WITHHOLD_REASONS, 5, "_find_agent_reason"),
    (find_withhold_reason, WITHHOLD_REASONS, 3, "_find_end_date_reason"),
    (find_withhold_reason, WITHHOLD_REASONS, 15, "_find_role_reason"),
]
