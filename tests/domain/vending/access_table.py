"""Who may have what: the rules of access as tables, one row for each fact that decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.credential_actions import NO_CHAINING
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.verification.proof import Check
from tests.builders import (
    AFTER,
    EXTERNAL_ID,
    ROLE_ARN,
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


def asked(
    says: str,
    answer: object,
    /,
    *,
    now: Any = NOON,
    presented: Any = None,
    request: SessionRequest | None = None,
    **facts: Any,
) -> Row:
    """alice asks for `readonly` at acme-prod, where all is in order but for what is given."""
    request = request or SessionRequest(role="readonly")
    return Row(says, answer, (some_facts(**facts), presented or presented_by(), request, now))


def shown(
    says: str,
    answer: object,
    /,
    *,
    now: Any = NOON,
    presented: Any = None,
    **facts: Any,
) -> Row:
    """alice shows her token, which is good but for what is given."""
    found = {"token": a_token(), "member": a_member()} | facts
    given = (found["token"], found["member"], presented or presented_by(), now)
    return Row(says, answer, given)


def lasting(seconds: float) -> Any:
    return NOON + timedelta(seconds=seconds)


ALICE = {"member": "alice", "token": a_token().id}
RECOGNISED = [
    shown("a good token", ALICE),
    shown("an auditor's", ALICE, member=a_member(kind=Kind.AUDITOR)),
    shown("a token that is not there", Reason.TOKEN_UNKNOWN, token=None),
    shown("a member who is not there", Reason.TOKEN_UNKNOWN, member=None),
    shown("another token of alice's", Reason.TOKEN_UNKNOWN,
          token=replace(a_token(), hash="0" * 64)),
    shown("bob's secret", Reason.TOKEN_UNKNOWN, presented=presented_by("bob")),
    shown(
        "bob's token filed under alice",
        Reason.TOKEN_UNKNOWN,
        token=replace(a_token("bob"), hash=presented_by().hash),
    ),
    shown("bob in alice's place", Reason.TOKEN_UNKNOWN, member=a_member("bob")),
    shown("a revoked token", Reason.TOKEN_REVOKED, token=a_token(revoked_at=NOON)),
    shown("made just before a revocation", Reason.TOKEN_REVOKED, token=a_token(created_at=NOON),
          member=a_member(tokens_from=NOON + TICK)),
    shown("made with the member", ALICE, token=a_token(created_at=NOON),
          member=a_member(tokens_from=NOON)),
    shown("expiring now", Reason.TOKEN_EXPIRED, token=a_token(expires_at=NOON)),
    shown("expiring in an instant", ALICE, token=a_token(expires_at=NOON + TICK)),
    shown("of a suspended member", Reason.MEMBER_SUSPENDED, member=a_member(suspended_at=NOON)),
    shown("a provider's word that has ended", Reason.IDENTITY_TOKEN_EXPIRED,
          presented=replace(presented_by(), good_until=NOON)),
    shown("a provider's word that is about to end", ALICE,
          presented=replace(presented_by(), good_until=NOON + TICK)),
    shown("a word's end comes before a revocation", Reason.IDENTITY_TOKEN_EXPIRED,
          presented=replace(presented_by(), good_until=NOON), token=a_token(revoked_at=NOON)),
    shown("unknown comes before revoked", Reason.TOKEN_UNKNOWN, presented=presented_by("bob"),
          token=a_token(revoked_at=NOON)),
    shown("revoked comes before expired", Reason.TOKEN_REVOKED,
          token=a_token(revoked_at=NOON, expires_at=NOON)),
    shown("suspended comes before the revocation that goes with it", Reason.MEMBER_SUSPENDED,
          member=a_member(suspended_at=NOON, tokens_from=NOON)),
    shown("expired comes before suspended", Reason.TOKEN_EXPIRED,
          token=a_token(expires_at=NOON), member=a_member(suspended_at=NOON)),
]  # fmt: skip

PLAIN = a_verification(results=results(Check.SOURCE_IDENTITY, Check.TAGS))
FAILED = a_verification(results=results(Check.WRONG_ID))
DECIDED = [
    # Yes, and on what terms.
    asked("all is in order", {
        "role_arn": ROLE_ARN, "external_id": EXTERNAL_ID, "duration": 3600,
        "source_identity": "alice",
        "tags": (("DaypassMember", "alice"), ("DaypassEngagement", "acme-prod")),
        "session_policy": NO_CHAINING, "account_id": "987654321098", "client": "Acme",
        "deadline": AFTER, "link": None}),
    asked("a lead on the engagement", {"duration": 3600}, member=a_member(kind=Kind.LEAD)),
    asked("a role that accepts the external ID alone",
          {"external_id": EXTERNAL_ID, "source_identity": None, "tags": ()},
          role=a_role(verification=PLAIN)),
    asked("a role that accepts a source identity",
          {"source_identity": "alice", "tags": ()},
          role=a_role(verification=a_verification(results=results(Check.TAGS)))),
    asked("a role that accepts tags", {
        "source_identity": None,
        "tags": (("DaypassMember", "alice"), ("DaypassEngagement", "acme-prod"))},
          role=a_role(verification=a_verification(results=results(Check.SOURCE_IDENTITY)))),
    asked("a next external ID is not sent yet", {"external_id": EXTERNAL_ID},
          engagement=an_engagement(next_external_id="daypass-next")),
    asked("a former external ID is sent no more", {"external_id": EXTERNAL_ID},
          engagement=an_engagement(previous_external_id="daypass-former")),
    asked("a role that may chain", {"session_policy": None}, role=a_role(allows_chaining=True)),
    asked("a role of a grant for several", {"duration": 3600},
          grant=a_grant(roles=frozenset({"deploy", "readonly"}))),
    asked("a role that asks why, told why", {"duration": 3600},
          role=a_role(requires_reason=True),
          request=SessionRequest(role="readonly", reason="INC-7")),
    asked("the first moment of the grant", {"duration": 3600}, grant=a_grant(starts_at=NOON)),
    asked("the first moment of the engagement", {"duration": 3600},
          engagement=an_engagement(starts_at=NOON)),
    asked("a role that a lead has overridden", {"source_identity": None, "tags": ()},
          role=a_role(verification=None, override=an_override())),
    asked("a role that failed, took all and is overridden",
          {"external_id": EXTERNAL_ID, "source_identity": "alice",
           "tags": (("DaypassMember", "alice"), ("DaypassEngagement", "acme-prod"))},
          role=a_role(verification=FAILED, override=an_override())),
    asked("a role that failed, took nothing and is overridden",
          {"source_identity": None, "tags": ()},
          role=a_role(verification=a_verification(results=results(
              Check.WRONG_ID, Check.SOURCE_IDENTITY, Check.TAGS)), override=an_override())),
    asked("what another role took says nothing of an overridden one",
          {"source_identity": None, "tags": ()},
          role=a_role(verification=a_verification(role_arn=OTHER_ARN), override=an_override())),
    asked("nor does what it took with another external ID",
          {"source_identity": None, "tags": ()},
          role=a_role(verification=a_verification(external_id="daypass-before"),
                      override=an_override())),
    asked("the last moment of an override", {"duration": 3600},
          role=a_role(verification=None, override=an_override(until=NOON + TICK))),
    asked("an override that has ended", Reason.ROLE_UNVERIFIED,
          role=a_role(verification=None, override=an_override(until=NOON))),
    asked("an override of another ARN", Reason.ROLE_UNVERIFIED,
          role=a_role(verification=None, override=an_override(role_arn=ROLE_ARN + "2"))),
    asked("a proof beside an override", {"source_identity": "alice"},
          role=a_role(override=an_override())),
    # How long.
    asked("a shorter wish", {"duration": 900},
          request=SessionRequest(role="readonly", duration=900)),
    asked("the role's longest by default", {"duration": 1800}, role=a_role(max_session=1800)),
    asked("the role's longest, wished for", {"duration": 1800}, role=a_role(max_session=1800),
          request=SessionRequest(role="readonly", duration=1800)),
    asked("a second more than the role gives", Reason.DURATION_TOO_LONG,
          role=a_role(max_session=1800), request=SessionRequest(role="readonly", duration=1801)),
    asked("an hour of a role that gives twelve", {"duration": 3600},
          role=a_role(max_session=43200)),
    asked("two hours of a role that gives twelve", Reason.DURATION_TOO_LONG,
          role=a_role(max_session=43200), request=SessionRequest(role="readonly", duration=7200)),
    asked("a grant that ends sooner", {"duration": 1795, "deadline": lasting(1800)},
          grant=a_grant(ends_at=lasting(1800))),
    asked("an engagement that ends sooner", {"duration": 1795, "deadline": lasting(1800)},
          engagement=an_engagement(ends_at=lasting(1800))),
    asked("a wish for more than is left", {"duration": 1795},
          grant=a_grant(ends_at=lasting(1800)),
          request=SessionRequest(role="readonly", duration=3600)),
    asked("900 s and the margin left", {"duration": 900}, grant=a_grant(ends_at=lasting(905))),
    asked("an instant less is left", Reason.ENDS_TOO_SOON, grant=a_grant(ends_at=lasting(905)),
          now=NOON + TICK),
    asked("900 s without the margin", Reason.ENDS_TOO_SOON, grant=a_grant(ends_at=lasting(900))),
    asked("an engagement that ends too soon", Reason.ENDS_TOO_SOON,
          engagement=an_engagement(ends_at=lasting(904))),
    # Too short for AWS, wherever that comes from.
    asked("the shortest role by default", {"duration": 900}, role=a_role(max_session=900)),
    asked("a role that gives a second less", Reason.ENDS_TOO_SOON, role=a_role(max_session=899)),
    asked("a role that gives nothing", Reason.ENDS_TOO_SOON, role=a_role(max_session=0)),
    asked("a wish for a second less", Reason.ENDS_TOO_SOON,
          request=SessionRequest(role="readonly", duration=899)),
    asked("a wish for 100 s", Reason.ENDS_TOO_SOON,
          request=SessionRequest(role="readonly", duration=100)),
    asked("a wish for 0 s is no wish for the longest", Reason.ENDS_TOO_SOON,
          request=SessionRequest(role="readonly", duration=0)),
    asked("a wish for less than nothing", Reason.ENDS_TOO_SOON,
          request=SessionRequest(role="readonly", duration=-900)),
    asked("a short wish where less than that is left", Reason.ENDS_TOO_SOON,
          request=SessionRequest(role="readonly", duration=900),
          grant=a_grant(ends_at=lasting(904))),
    # No: who asks.
    asked("an unknown token", Reason.TOKEN_UNKNOWN, token=None),
    asked("a revoked token", Reason.TOKEN_REVOKED, token=a_token(revoked_at=NOON)),
    asked("an expired token", Reason.TOKEN_EXPIRED, token=a_token(expires_at=NOON)),
    asked("a suspended member", Reason.MEMBER_SUSPENDED, member=a_member(suspended_at=NOON)),
    # No: not on the engagement.
    asked("no such engagement", Reason.NOT_A_MEMBER, engagement=None, role=None, grant=None),
    asked("no grant", Reason.NOT_A_MEMBER, grant=None),
    asked("a grant for what is not there", Reason.NOT_A_MEMBER, engagement=None),
    asked("an auditor with a grant", Reason.NOT_A_MEMBER, member=a_member(kind=Kind.AUDITOR)),
    asked("another member's grant", Reason.NOT_A_MEMBER, grant=a_grant("bob")),
    asked("another engagement's grant", Reason.NOT_A_MEMBER, grant=a_grant(engagement="globex")),
    # No: not now.
    asked("a revoked engagement", Reason.ENGAGEMENT_REVOKED,
          engagement=an_engagement(revoked_at=NOON)),
    asked("a closed engagement", Reason.ENGAGEMENT_CLOSED,
          engagement=an_engagement(closed_at=NOON)),
    asked("an engagement that ends now", Reason.ENGAGEMENT_CLOSED,
          engagement=an_engagement(ends_at=NOON)),
    asked("an engagement that begins in an instant", Reason.ENGAGEMENT_CLOSED,
          engagement=an_engagement(starts_at=NOON + TICK)),
    asked("a revoked grant", Reason.GRANT_NOT_CURRENT, grant=a_grant(revoked_at=NOON)),
    asked("a grant that ends now", Reason.GRANT_NOT_CURRENT, grant=a_grant(ends_at=NOON)),
    asked("a grant that begins in an instant", Reason.GRANT_NOT_CURRENT,
          grant=a_grant(starts_at=NOON + TICK)),
    # No: not this role.
    asked("no such role", Reason.ROLE_NOT_GRANTED, role=None),
    asked("an ended role", Reason.ROLE_NOT_GRANTED, role=a_role(ended_at=NOON)),
    asked("a role outside the grant", Reason.ROLE_NOT_GRANTED,
          role=a_role("deploy"), request=SessionRequest(role="deploy")),
    asked("a grant for no role", Reason.ROLE_NOT_GRANTED, grant=a_grant(roles=frozenset())),
    asked("another engagement's role", Reason.ROLE_NOT_GRANTED, role=a_role(engagement="globex")),
    asked("another role than was wished for", Reason.ROLE_NOT_GRANTED,
          request=SessionRequest(role="deploy"),
          grant=a_grant(roles=frozenset({"deploy", "readonly"}))),
    # No: not proven.
    asked("a role never verified", Reason.ROLE_UNVERIFIED, role=a_role(verification=None)),
    asked("a role that failed", Reason.ROLE_UNVERIFIED,
          role=a_role(verification=FAILED)),
    asked("a proof for another ARN", Reason.ROLE_UNVERIFIED, role=a_role(arn=OTHER_ARN)),
    asked("a proof for another external ID", Reason.ROLE_UNVERIFIED,
          engagement=an_engagement(external_id="daypass-other")),
    asked("a proof for the former external ID", Reason.ROLE_UNVERIFIED,
          engagement=an_engagement(external_id="daypass-other", previous_external_id=EXTERNAL_ID)),
    # A second time, once AWS has issued it.
    Row("what has passed since it was decided on first is no time lost", {"duration": 900},
        (some_facts(grant=a_grant(ends_at=lasting(905))), presented_by(),
         SessionRequest(role="readonly"), lasting(30)), {"decided_at": NOON}),
    Row("less is left now than when it was decided on first", Reason.ENDS_TOO_SOON,
        (some_facts(grant=a_grant(ends_at=lasting(904))), presented_by(),
         SessionRequest(role="readonly"), lasting(30)), {"decided_at": NOON}),
    # No: not so.
    asked("no reason where one is asked for", Reason.REASON_REQUIRED,
          role=a_role(requires_reason=True)),
    # Which no, where there are several: the first in this order.
    asked("suspended before anything about clients", Reason.MEMBER_SUSPENDED,
          member=a_member(suspended_at=NOON), grant=None),
    asked("outsiders do not learn that it is revoked", Reason.NOT_A_MEMBER,
          engagement=an_engagement(revoked_at=NOON), grant=None),
    asked("outsiders do not learn that it is closed", Reason.NOT_A_MEMBER,
          engagement=an_engagement(closed_at=NOON), grant=a_grant("bob")),
    asked("revoked before closed", Reason.ENGAGEMENT_REVOKED,
          engagement=an_engagement(revoked_at=NOON, closed_at=NOON)),
    asked("closed before the grant's end", Reason.ENGAGEMENT_CLOSED,
          engagement=an_engagement(closed_at=NOON), grant=a_grant(ends_at=NOON)),
    asked("the grant's end before its roles", Reason.GRANT_NOT_CURRENT,
          grant=a_grant(ends_at=NOON, roles=frozenset())),
    asked("outside the grant before unverified", Reason.ROLE_NOT_GRANTED,
          role=a_role(verification=None), grant=a_grant(roles=frozenset())),
    asked("unverified before the reason", Reason.ROLE_UNVERIFIED,
          role=a_role(verification=None, requires_reason=True)),
    asked("the reason before the duration", Reason.REASON_REQUIRED,
          role=a_role(requires_reason=True),
          request=SessionRequest(role="readonly", duration=7200)),
    asked("too long before too soon", Reason.DURATION_TOO_LONG,
          request=SessionRequest(role="readonly", duration=7200),
          grant=a_grant(ends_at=lasting(1))),
    asked("too long for the role before too short for AWS", Reason.DURATION_TOO_LONG,
          role=a_role(max_session=600), request=SessionRequest(role="readonly", duration=601)),
    asked("the reason before too short for AWS", Reason.REASON_REQUIRED,
          role=a_role(requires_reason=True), request=SessionRequest(role="readonly", duration=100)),
]  # fmt: skip
