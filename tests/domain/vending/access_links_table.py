"""Access decisions for requests with an access link: one row for each condition."""

from typing import Any

from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.access_links import AccessLink
from tests.builders import (
    a_binding,
    a_role,
    a_token,
    an_access_link,
    facts_by_link,
    presented_by,
    presented_in_slack,
)
from tests.domain.rows import Row, no, yes
from tests.domain.vending.access_table import TICK, by_token
from tests.fakes import NOON

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
    request = request or SessionRequest(role="readonly")
    presented = presented or presented_in_slack(link=USED)
    keywords = {"first_decided_at": first_decided_at} if first_decided_at else {}
    return Row(name, expected, facts_by_link(**facts), presented, request, now, **keywords)


BY_LINK = [
    by_link("a valid link", {"duration": 3600, "link": USED}),
    by_link("her own token, without showing her link", {"link": None}, token=a_token(),
            presented=presented_by()),
    by_link("Slack without a link", Reason.ACCESS_LINK_REQUIRED, presented=presented_in_slack()),
    by_link("Slack without a link, and no stored link", Reason.ACCESS_LINK_REQUIRED,
            presented=presented_in_slack(), link=None),
    by_link("an unknown link", Reason.ACCESS_LINK_UNKNOWN, link=None),
    by_link("another link than the one shown", Reason.ACCESS_LINK_UNKNOWN,
            link=an_access_link("c" * 52, used_at=NOON)),
    by_link("bob's link", Reason.ACCESS_LINK_UNKNOWN,
            link=an_access_link(used_at=NOON, member="bob")),
    by_link("a link that another token requested", Reason.ACCESS_LINK_UNKNOWN,
            link=an_access_link(used_at=NOON, token=a_token().hash)),
    by_link("a link that is not marked as used", Reason.ACCESS_LINK_UNKNOWN, link=an_access_link()),
    by_link("a revoked link", Reason.ACCESS_LINK_REVOKED,
            link=an_access_link(used_at=NOON, revoked_at=NOON)),
    by_link("a link that expires now", Reason.ACCESS_LINK_EXPIRED, now=USED.expires_at),
    by_link("a link that expires during the vend", {"link": USED}, now=USED.expires_at + TICK,
            first_decided_at=USED.expires_at - TICK),
    by_link("a link for another engagement", Reason.ACCESS_LINK_UNKNOWN,
            link=an_access_link(used_at=NOON, engagement="globex")),
    by_link("a link for another role", Reason.ACCESS_LINK_UNKNOWN,
            link=an_access_link(used_at=NOON, role="deploy")),
    by_link("a role that refuses links", Reason.ROLE_CLOSED_TO_LINKS,
            role=a_role(allows_links=False)),
    by_token("a role that refuses links, with her own token", {"duration": 3600},
             role=a_role(allows_links=False)),
    # The order of reasons.
    by_link("revoked before expired", Reason.ACCESS_LINK_REVOKED, now=USED.expires_at,
            link=an_access_link(used_at=NOON, revoked_at=NOON)),
    by_link("a revoked binding before the revoked link", Reason.TOKEN_REVOKED,
            token=a_binding(revoked_at=NOON), link=an_access_link(used_at=NOON, revoked_at=NOON)),
    by_link("the link before the grant", Reason.ACCESS_LINK_EXPIRED, now=USED.expires_at,
            grant=None),
    by_link("outsiders do not learn that a role refuses links", Reason.NOT_A_MEMBER, grant=None,
            role=a_role(allows_links=False)),
    by_link("refusing links before the missing reason", Reason.ROLE_CLOSED_TO_LINKS,
            role=a_role(requires_reason=True, allows_links=False)),
]  # fmt: skip
REFUSAL_REASONS = [
    Row("a valid link", None, an_access_link(), NOON),
    Row("expiring now", Reason.ACCESS_LINK_EXPIRED, an_access_link(), USED.expires_at),
    Row("revoked", Reason.ACCESS_LINK_REVOKED, an_access_link(revoked_at=NOON), NOON),
]  # fmt: skip

BELONGS_TO = [
    yes("the token that requested the link", USED, a_binding()),
    no("another token of the member", USED, a_token()),
    no("another member's token with the same hash", USED, a_binding("bob", hash=USED.token)),
]

RULES = [
    (AccessLink.refusal_reason, REFUSAL_REASONS, 1),
    (AccessLink.belongs_to, BELONGS_TO, 2),
]
