"""Authentication and access decisions: one row for each condition."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.people.members import Kind, authenticate
from chalicelib.domain.policies.credential_actions import NO_CHAINING, READ_ONLY
from chalicelib.domain.vending.access import CallerKind, SessionRequest
from chalicelib.domain.verification.proof import Check
from tests.builders import (
    AFTER,
    EXTERNAL_ID,
    READONLY,
    ROLE_ARN,
    a_block,
    a_grant,
    a_member,
    a_role,
    a_token,
    a_verification,
    an_engagement,
    an_override,
    presented_by,
    results,
    some_facts,
)
from tests.domain.rows import Row
from tests.fakes import NOON

TICK = timedelta(microseconds=1)
OTHER_ARN = "arn:aws:iam::987654321098:role/Other"


def by_token(
    name: str,
    expected: object,
    /,
    *,
    now: Any = NOON,
    presented: Any = None,
    request: SessionRequest | None = None,
    **facts: Any,
) -> Row:
    """Return a row in which alice requests `readonly` at acme-prod. Arguments replace the valid
    facts."""
    request = request or READONLY
    return Row(name, expected, some_facts(**facts), presented or presented_by(), request, now)


def token_row(
    name: str,
    expected: object,
    /,
    *,
    now: Any = NOON,
    presented: Any = None,
    **facts: Any,
) -> Row:
    """Return a row in which alice presents her token. Arguments replace the valid facts."""
    items = {"token": a_token(), "member": a_member()} | facts
    arguments = (items["token"], items["member"], presented or presented_by(), now)
    return Row(name, expected, *arguments)


def seconds_later(seconds: float) -> Any:
    return NOON + timedelta(seconds=seconds)


def for_seconds(duration: int) -> SessionRequest:
    return SessionRequest(role="readonly", duration=duration)


BY_AGENT = SessionRequest(role="readonly", caller=CallerKind.AGENT)
VIEW_ONLY = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"
LIMITED = {"session_policy": READ_ONLY, "session_policy_arns": (VIEW_ONLY,)}


def agents(access: AgentAccess) -> Any:
    return an_engagement(agents=access)


ALICE = {"member": "alice", "token": a_token().id}
TAGS = (("DaypassMember", "alice"), ("DaypassEngagement", "acme-prod"))
AUTHENTICATED = [
    token_row("a valid token", ALICE),
    token_row("an auditor's token", ALICE, member=a_member(kind=Kind.AUDITOR)),
    token_row("no such token", "token-unknown", token=None),
    token_row("no such member", "token-unknown", member=None),
    token_row("another token of alice's", "token-unknown",
              token=replace(a_token(), hash="0" * 64)),
    token_row("bob's token instead of alice's", "token-unknown",
              presented=presented_by("bob")),
    token_row("bob's token stored as alice's", "token-unknown",
              token=replace(a_token("bob"), hash=presented_by().hash)),
    token_row("bob instead of alice as the stored member", "token-unknown",
              member=a_member("bob")),
    token_row("a revoked token", "token-revoked", token=a_token(revoked_at=NOON)),
    token_row("created just before the revocation of all tokens", "token-revoked",
              token=a_token(created_at=NOON), member=a_member(tokens_from=NOON + TICK)),
    token_row("created at the moment from which tokens are valid", ALICE,
              token=a_token(created_at=NOON), member=a_member(tokens_from=NOON)),
    token_row("a token that expires now", "token-expired", token=a_token(expires_at=NOON)),
    token_row("a token that expires in an instant", ALICE, token=a_token(expires_at=NOON + TICK)),
    token_row("a suspended member", "member-suspended", member=a_member(suspended_at=NOON)),
    token_row("an identity token that has expired", "identity-token-expired",
              presented=replace(presented_by(), identity_expires_at=NOON)),
    token_row("an identity token that expires in an instant", ALICE,
              presented=replace(presented_by(), identity_expires_at=NOON + TICK)),
    token_row("expired identity token before revoked", "identity-token-expired",
              presented=replace(presented_by(), identity_expires_at=NOON),
              token=a_token(revoked_at=NOON)),
    token_row("unknown before revoked", "token-unknown", presented=presented_by("bob"),
              token=a_token(revoked_at=NOON)),
    token_row("revoked before expired", "token-revoked",
              token=a_token(revoked_at=NOON, expires_at=NOON)),
    token_row("suspended before the revocation of all tokens", "member-suspended",
              member=a_member(suspended_at=NOON, tokens_from=NOON)),
    token_row("expired before suspended", "token-expired", token=a_token(expires_at=NOON),
              member=a_member(suspended_at=NOON)),
]  # fmt: skip

PLAIN = a_verification(results=results(Check.SOURCE_IDENTITY, Check.TAGS))
FAILED = a_verification(results=results(Check.WRONG_ID))
DECIDED = [
    # Allowed, and the terms.
    by_token("all conditions are met", {
        "role_arn": ROLE_ARN, "external_id": EXTERNAL_ID, "duration": 3600,
        "source_identity": "alice", "tags": TAGS, "session_policy": NO_CHAINING,
        "session_policy_arns": (), "account_id": "987654321098", "client": "Acme",
        "deadline": AFTER, "link": None}),
    by_token("a role that accepts no session attributes",
             {"external_id": EXTERNAL_ID, "source_identity": None, "tags": ()},
             role=a_role(verification=PLAIN)),
    by_token("a role that accepts only a source identity", {"source_identity": "alice", "tags": ()},
             role=a_role(verification=a_verification(results=results(Check.TAGS)))),
    by_token("a role that accepts only tags", {"source_identity": None, "tags": TAGS},
             role=a_role(verification=a_verification(results=results(Check.SOURCE_IDENTITY)))),
    by_token("a role that may chain", {"session_policy": None}, role=a_role(allows_chaining=True)),
    # Agents.
    by_token("an agent may only read, unless a lead allows more", LIMITED, request=BY_AGENT),
    by_token("an agent may only read where the role may chain", LIMITED, request=BY_AGENT,
             role=a_role(allows_chaining=True)),
    by_token("an agent that a lead has allowed what its member may do",
             {"session_policy": NO_CHAINING, "session_policy_arns": (), "tags": TAGS},
             request=BY_AGENT, engagement=agents(AgentAccess.ALLOW)),
    by_token("an allowed agent of a role that may chain", {"session_policy": None},
             request=BY_AGENT, engagement=agents(AgentAccess.ALLOW),
             role=a_role(allows_chaining=True)),
    by_token("an agent where agents are refused", "agents-refused", request=BY_AGENT,
             engagement=agents(AgentAccess.REFUSE)),
    by_token("a person where agents are refused",
             {"session_policy": NO_CHAINING, "session_policy_arns": ()},
             engagement=agents(AgentAccess.REFUSE)),
    by_token("outsiders do not learn that agents are refused", "not-a-member", grant=None,
             request=BY_AGENT, engagement=agents(AgentAccess.REFUSE)),
    by_token("agents are refused before the missing reason", "agents-refused",
             request=BY_AGENT, role=a_role(requires_reason=True),
             engagement=agents(AgentAccess.REFUSE)),
    by_token("a role that requires a reason, with a reason", {"duration": 3600},
             role=a_role(requires_reason=True),
             request=SessionRequest(role="readonly", reason="INC-7")),
    by_token("the first moment of the grant", {"duration": 3600}, grant=a_grant(starts_at=NOON)),
    by_token("the first moment of the engagement", {"duration": 3600},
             engagement=an_engagement(starts_at=NOON)),
    by_token("a role that a lead has overridden", {"source_identity": None, "tags": ()},
             role=a_role(verification=None, override=an_override())),
    by_token("the last moment of an override", {"duration": 3600},
             role=a_role(verification=None, override=an_override(until=NOON + TICK))),
    # The duration.
    by_token("the role's maximum as requested", {"duration": 1800}, role=a_role(max_session=1800),
             request=for_seconds(1800)),
    by_token("an hour by default for a role that allows twelve", {"duration": 3600},
             role=a_role(max_session=43200)),
    by_token("two hours for a role that allows twelve", "duration-too-long",
             role=a_role(max_session=43200),
             request=for_seconds(7200)),
    by_token("an engagement that ends sooner", {"duration": 1795, "deadline": seconds_later(1800)},
             engagement=an_engagement(ends_at=seconds_later(1800))),
    by_token("a request for more than the remaining time", {"duration": 1795},
             grant=a_grant(ends_at=seconds_later(1800)),
             request=for_seconds(3600)),
    by_token("an engagement that ends too soon", "ends-too-soon",
             engagement=an_engagement(ends_at=seconds_later(904))),
    # Too short for AWS.
    by_token("a role that allows 900 s", {"duration": 900}, role=a_role(max_session=900)),
    by_token("a request for 100 s", "ends-too-soon",
             request=for_seconds(100)),
    by_token("a request for 0 s does not get the maximum", "ends-too-soon",
             request=for_seconds(0)),
    # Refused: the caller.
    by_token("an unknown token", "token-unknown", token=None),
    by_token("a revoked token", "token-revoked", token=a_token(revoked_at=NOON)),
    by_token("an expired token", "token-expired", token=a_token(expires_at=NOON)),
    by_token("a suspended member", "member-suspended", member=a_member(suspended_at=NOON)),
    # Refused: not on the engagement.
    by_token("a grant for an unknown engagement", "not-a-member", engagement=None),
    by_token("an auditor with a grant", "not-a-member", member=a_member(kind=Kind.AUDITOR)),
    by_token("another member's grant", "not-a-member", grant=a_grant("bob")),
    by_token("another engagement's grant", "not-a-member", grant=a_grant(engagement="globex")),
    # Refused: not at this time.
    by_token("a revoked engagement", "engagement-revoked",
             engagement=an_engagement(revoked_at=NOON)),
    by_token("an engagement that ends now", "engagement-closed",
             engagement=an_engagement(ends_at=NOON)),
    by_token("a grant that ends now", "grant-not-current", grant=a_grant(ends_at=NOON)),
    # Refused: not this role.
    by_token("no such role", "role-not-granted", role=None),
    by_token("an ended role", "role-not-granted", role=a_role(ended_at=NOON)),
    by_token("a grant for no role", "role-not-granted", grant=a_grant(roles=frozenset())),
    by_token("another engagement's role", "role-not-granted",
             role=a_role(engagement="globex")),
    by_token("another role than the requested one", "role-not-granted",
             request=SessionRequest(role="deploy"),
             grant=a_grant(roles=frozenset({"deploy", "readonly"}))),
    # Refused: not verified.
    by_token("a passed check of another ARN", "role-unverified", role=a_role(arn=OTHER_ARN)),
    by_token("a passed check with another external ID", "role-unverified",
             engagement=an_engagement(external_id="daypass-other")),
    # Refused: blocked.
    by_token("a freeze", "frozen", freeze=a_block()),
    by_token("a pause", "paused-by-client", pause=a_block("acme-prod")),
    by_token("outsiders do not learn of a pause", "not-a-member", grant=None,
             pause=a_block("acme-prod")),
    # The second decision, after AWS has issued the session.
    Row("the time since the first decision does not count", {"duration": 900},
        some_facts(grant=a_grant(ends_at=seconds_later(905))), presented_by(),
        READONLY, seconds_later(30), first_decided_at=NOON),
    # Refused: a missing reason.
    by_token("a required reason is missing", "reason-required",
             role=a_role(requires_reason=True)),
    # The order of reasons.
    by_token("outsiders do not learn that the engagement is revoked", "not-a-member",
             engagement=an_engagement(revoked_at=NOON), grant=None),
    by_token("outsiders do not learn that the engagement is closed", "not-a-member",
             engagement=an_engagement(closed_at=NOON), grant=a_grant("bob")),
    by_token("revoked before closed", "engagement-revoked",
             engagement=an_engagement(revoked_at=NOON, closed_at=NOON)),
    by_token("closed before the grant's end", "engagement-closed",
             engagement=an_engagement(closed_at=NOON), grant=a_grant(ends_at=NOON)),
    by_token("the grant's end before its roles", "grant-not-current",
             grant=a_grant(ends_at=NOON, roles=frozenset())),
    by_token("too long for the role before too short for AWS", "duration-too-long",
             role=a_role(max_session=600), request=for_seconds(601)),
    by_token("the missing reason before too short for AWS", "reason-required",
             role=a_role(requires_reason=True),
             request=for_seconds(100)),
]  # fmt: skip

RULES = [
    (authenticate, AUTHENTICATED, 9),
    (authenticate, AUTHENTICATED, 6, "find_token_problem"),
]
