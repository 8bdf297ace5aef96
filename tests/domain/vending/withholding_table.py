"""Which vends a change puts an end to: of alice's, of `readonly` at acme-prod, for 15 minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.vending.withholding import VendBasis
from tests.builders import (
    AFTER,
    ASKED_IN,
    ROLE_ARN,
    a_binding,
    a_grant,
    a_member,
    a_role,
    a_token,
    a_verification,
    an_access_link,
    an_engagement,
    an_override,
    results,
)
from tests.domain.rows import Row
from tests.domain.vending.sessions_table import TICK, an_entry
from tests.fakes import NOON

# Decided on while the grant and the engagement ended at AFTER.
DETAILS = dict(an_entry(Outcome.INTENDED).details) | {"deadline": rfc3339(AFTER)}
VEND = an_entry(Outcome.INTENDED, token=a_token().id, details=DETAILS)
LINK = an_access_link(used_at=NOON)
BY_LINK = an_entry(
    Outcome.INTENDED,
    token=a_binding().id,
    details=DETAILS | {"link": LINK.id, "asked_in": ASKED_IN},
)
OTHER_ARN = ROLE_ARN.replace("ContractorRole", "Other")
# 30 s after its intent the vend is over, and its session has begun at the latest.
LATEST = NOON + timedelta(seconds=30 + 900)
SOON = NOON + timedelta(minutes=1)
NOT_READONLY = frozenset({"deploy"})


def asking(**details: str) -> Entry:
    return an_entry(Outcome.INTENDED, details=dict(VEND.details) | details)


UNDER = [
    Row(says, answer, (VEND, item))
    for says, answer, item in [
        ("her token", True, a_token()),
        ("her other token", False, replace(a_token(), hash="0" * 64)),
        ("bob's, of the same id", False, replace(a_token("bob"), hash=a_token().hash)),
        ("alice", True, a_member()),
        ("bob", False, a_member("bob")),
        ("the engagement", True, an_engagement()),
        ("another engagement", False, an_engagement("globex")),
        ("her grant", True, a_grant()),
        ("bob's grant", False, a_grant("bob")),
        ("her grant elsewhere", False, a_grant(engagement="globex")),
        ("the role", True, a_role()),
        ("another role", False, a_role("deploy")),
        ("a role of this name elsewhere", False, a_role(engagement="globex")),
        ("a link, where it came by none", False, LINK),
    ]
] + [
    Row(says, answer, (BY_LINK, item))
    for says, answer, item in [
        ("the link that it came by", True, LINK),
        ("another link of hers", False, an_access_link("c" * 52)),
        ("bob's link of the same id", False, replace(LINK, member="bob")),
        ("the binding that asked for its link", True, a_binding()),
    ]
]


def became(says: str, answer: Reason | None, item: VendBasis, vend: Entry = VEND) -> Row:
    return Row(says, answer, (vend, item, NOON))


def overridden(**changes: Any) -> Any:
    return a_role(verification=None, override=an_override(until=AFTER, **changes))


ENDED = [
    became("a good token", None, a_token()),
    became("a revoked token", Reason.TOKEN_REVOKED, a_token(revoked_at=NOON)),
    became("a member, a lead by now", None, a_member(kind=Kind.LEAD)),
    became("a suspended member", Reason.MEMBER_SUSPENDED, a_member(suspended_at=NOON)),
    became("an auditor by now", Reason.NOT_A_MEMBER, a_member(kind=Kind.AUDITOR)),
    became("suspended, and an auditor", Reason.MEMBER_SUSPENDED,
           a_member(suspended_at=NOON, kind=Kind.AUDITOR)),
    became("an engagement by another name", None, an_engagement(client="Acme Ltd")),
    became("revoked", Reason.ENGAGEMENT_REVOKED, an_engagement(revoked_at=NOON)),
    became("closed", Reason.ENGAGEMENT_CLOSED, an_engagement(closed_at=NOON)),
    became("revoked and closed", Reason.ENGAGEMENT_REVOKED,
           an_engagement(revoked_at=NOON, closed_at=NOON)),
    became("put off", Reason.ENGAGEMENT_CLOSED, an_engagement(starts_at=SOON)),
    became("cut short, to before its session ends", Reason.ENDS_TOO_SOON,
           an_engagement(ends_at=LATEST - TICK)),
    became("cut short, to when its session has ended", None,
           an_engagement(ends_at=LATEST)),
    became("as short as before", None, an_engagement(ends_at=SOON), asking(deadline=rfc3339(SOON))),
    became("longer, and shorter than a session", None, an_engagement(ends_at=SOON + TICK),
           asking(deadline=rfc3339(SOON))),
    became("a grant with another role as well", None, a_grant(roles=frozenset({"readonly", "x"}))),
    became("a revoked grant", Reason.GRANT_NOT_CURRENT, a_grant(revoked_at=NOON)),
    became("a grant put off", Reason.GRANT_NOT_CURRENT, a_grant(starts_at=SOON)),
    became("a grant without it", Reason.ROLE_NOT_GRANTED, a_grant(roles=NOT_READONLY)),
    became("revoked, and without it", Reason.GRANT_NOT_CURRENT,
           a_grant(roles=NOT_READONLY, revoked_at=NOON)),
    became("a grant cut short", Reason.ENDS_TOO_SOON, a_grant(ends_at=LATEST - TICK)),
    became("a grant cut short, to later", None, a_grant(ends_at=LATEST)),
    became("a grant as short as before", None, a_grant(ends_at=SOON),
           asking(deadline=rfc3339(SOON))),
    became("a role as it was", None, a_role()),
    became("an ended role", Reason.ROLE_NOT_GRANTED, a_role(ended_at=NOON)),
    became("ended, and unproven", Reason.ROLE_NOT_GRANTED,
           a_role(ended_at=NOON, verification=None)),
    became("unproven", Reason.ROLE_UNVERIFIED, a_role(verification=None)),
    became("a check that failed", Reason.ROLE_UNVERIFIED,
           a_role(verification=a_verification(results=results(*results())))),
    became("unproven, and overridden", None, overridden()),
    became("an override of another ARN", Reason.ROLE_UNVERIFIED, overridden(role_arn=OTHER_ARN)),
    became("another ARN", Reason.ROLE_UNVERIFIED, a_role(arn=OTHER_ARN)),
    became("another ARN, proven", Reason.CHANGED_MEANWHILE,
           a_role(arn=OTHER_ARN, verification=a_verification(role_arn=OTHER_ARN))),
    became("it asks why now", Reason.REASON_REQUIRED, a_role(requires_reason=True)),
    became("it asks why, and was told", None, a_role(requires_reason=True),
           vend=asking(said="INC-7")),
    became("shorter sessions", Reason.DURATION_TOO_LONG, a_role(max_session=899)),
    became("just as long sessions", None, a_role(max_session=900)),
    became("no chaining now", Reason.CHANGED_MEANWHILE, a_role(), vend=asking(chaining="allowed")),
    became("chaining as before", None, a_role(allows_chaining=True),
           vend=asking(chaining="allowed")),
    became("a link as it was", None, LINK, BY_LINK),
    became("a revoked link", Reason.ACCESS_LINK_REVOKED, replace(LINK, revoked_at=NOON), BY_LINK),
    became("the binding of its link", Reason.TOKEN_REVOKED, a_binding(revoked_at=NOON), BY_LINK),
    became("closed to links", Reason.ROLE_CLOSED_TO_LINKS, a_role(allows_links=False), BY_LINK),
    became("open to links as before", None, a_role(), BY_LINK),
    became("closed to links, where it came by none", None, a_role(allows_links=False)),
    became("unproven before closed to links", Reason.ROLE_UNVERIFIED,
           a_role(verification=None, allows_links=False), BY_LINK),
    became("closed to links before the reason", Reason.ROLE_CLOSED_TO_LINKS,
           a_role(requires_reason=True, allows_links=False), BY_LINK),
    became("unproven before the reason", Reason.ROLE_UNVERIFIED,
           a_role(verification=None, requires_reason=True)),
    became("the reason before the duration", Reason.REASON_REQUIRED,
           a_role(requires_reason=True, max_session=899)),
    became("the duration before the ARN", Reason.DURATION_TOO_LONG,
           a_role(max_session=899), vend=asking(chaining="allowed")),
]  # fmt: skip
