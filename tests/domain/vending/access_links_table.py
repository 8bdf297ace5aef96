"""What an access link opens, and for whom: the rule of access for whoever comes by one."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import SessionRequest
from tests.builders import (
    a_binding,
    a_member,
    a_role,
    a_token,
    an_access_link,
    facts_by_link,
    presented_by,
    presented_in_slack,
)
from tests.domain.rows import Row
from tests.domain.vending.access_table import TICK, asked
from tests.fakes import NOON

USED = an_access_link(used_at=NOON)


def by_link(
    says: str,
    answer: object,
    /,
    *,
    now: Any = NOON,
    decided_at: Any = None,
    presented: Any = None,
    request: SessionRequest | None = None,
    **facts: Any,
) -> Row:
    """alice uses her link from Slack, and all is in order but for what is given."""
    request = request or SessionRequest(role="readonly")
    presented = presented or presented_in_slack(link=USED)
    named = {"decided_at": decided_at} if decided_at else {}
    return Row(says, answer, (facts_by_link(**facts), presented, request, now), named)


BY_LINK = [
    by_link("a link that is being used", {"duration": 3600, "link": USED}),
    by_link("a link that a token of her own asked for", {"duration": 3600}, token=a_token(),
            presented=replace(presented_by(), link=USED.hash),
            link=an_access_link(used_at=NOON, token=a_token().hash)),
    by_link("a token of her own, and a link that nobody has shown", {"link": None},
            token=a_token(), presented=presented_by()),
    by_link("Slack without a link", Reason.ACCESS_LINK_REQUIRED, presented=presented_in_slack()),
    by_link("Slack without a link, and none there", Reason.ACCESS_LINK_REQUIRED,
            presented=presented_in_slack(), link=None),
    by_link("a link that is not there", Reason.ACCESS_LINK_UNKNOWN, link=None),
    by_link("another link than was shown", Reason.ACCESS_LINK_UNKNOWN,
            link=an_access_link("c" * 52, used_at=NOON)),
    by_link("bob's link", Reason.ACCESS_LINK_UNKNOWN,
            link=an_access_link(used_at=NOON, member="bob")),
    by_link("a link that another token asked for", Reason.ACCESS_LINK_UNKNOWN,
            link=an_access_link(used_at=NOON, token=a_token().hash)),
    by_link("a link that nobody has used yet", Reason.ACCESS_LINK_UNKNOWN, link=an_access_link()),
    by_link("a revoked link", Reason.ACCESS_LINK_REVOKED,
            link=an_access_link(used_at=NOON, revoked_at=NOON)),
    by_link("a link that expires now", Reason.ACCESS_LINK_EXPIRED, now=USED.expires_at),
    by_link("a link that expires in an instant", {"link": USED}, now=USED.expires_at - TICK),
    by_link("a link that expires in the midst of its vend", {"link": USED},
            now=USED.expires_at + TICK, decided_at=USED.expires_at - TICK),
    by_link("a link for another engagement", Reason.ACCESS_LINK_UNKNOWN,
            link=an_access_link(used_at=NOON, engagement="globex")),
    by_link("a link for another role", Reason.ACCESS_LINK_UNKNOWN,
            link=an_access_link(used_at=NOON, role="deploy")),
    by_link("a role that is closed to links", Reason.ROLE_CLOSED_TO_LINKS,
            role=a_role(allows_links=False)),
    asked("a role that is closed to links, by a token of her own", {"duration": 3600},
          role=a_role(allows_links=False)),
    # Which no, where there are several.
    by_link("revoked before expired", Reason.ACCESS_LINK_REVOKED, now=USED.expires_at,
            link=an_access_link(used_at=NOON, revoked_at=NOON)),
    by_link("suspended before anything about the link", Reason.MEMBER_SUSPENDED, link=None,
            member=a_member(suspended_at=NOON)),
    by_link("a binding that was revoked before its link", Reason.TOKEN_REVOKED,
            token=a_binding(revoked_at=NOON),
            link=an_access_link(used_at=NOON, revoked_at=NOON)),
    by_link("the link before the grant", Reason.ACCESS_LINK_EXPIRED, now=USED.expires_at,
            grant=None),
    by_link("outsiders do not learn what a role is closed to", Reason.NOT_A_MEMBER, grant=None,
            role=a_role(allows_links=False)),
    by_link("unverified before closed to links", Reason.ROLE_UNVERIFIED,
            role=a_role(verification=None, allows_links=False)),
    by_link("closed to links before the reason", Reason.ROLE_CLOSED_TO_LINKS,
            role=a_role(requires_reason=True, allows_links=False)),
]  # fmt: skip
AT_FAULT = [
    Row("a link of five minutes", None, (an_access_link(), NOON)),
    Row("expiring in an instant", None, (an_access_link(), USED.expires_at - TICK)),
    Row("expiring now", Reason.ACCESS_LINK_EXPIRED, (an_access_link(), USED.expires_at)),
    Row("revoked", Reason.ACCESS_LINK_REVOKED, (an_access_link(revoked_at=NOON), NOON)),
    Row("revoked, and expired since", Reason.ACCESS_LINK_REVOKED,
        (an_access_link(revoked_at=NOON), USED.expires_at)),
    Row("used", None, (USED, NOON)),
]  # fmt: skip

PROVES = [
    Row("the token that asked for it", expected=True, arguments=(USED, a_binding())),
    Row("another of hers", expected=False, arguments=(USED, a_token())),
    Row(
        "somebody else's of the same hash",
        expected=False,
        arguments=(USED, a_binding("bob", hash=USED.token)),
    ),
]
