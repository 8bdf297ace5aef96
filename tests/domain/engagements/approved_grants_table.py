"""Rules of approved grants: the access that an approved request opened."""

# ruff: noqa: FBT003 (in a table the answer has its column)

from typing import Any

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    choose_approved_grant,
    find_free_number,
    list_stops,
)
from chalicelib.domain.engagements.engagements import needs_approval
from chalicelib.domain.stops import in_place_of
from tests.builders import (
    a_grant,
    a_grant_on_request,
    a_member,
    a_request_id,
    a_role,
    an_approved_grant,
    an_engagement,
)
from tests.domain.rows import Row
from tests.fakes import HOUR, NOON, TICK

NO_STOPS = ("", "", "", "")
SOON, LAST = NOON + HOUR, NOON + 3 * HOUR
UNSTARTED: dict[str, Any] = {"duration": 3600}
STARTED: dict[str, Any] = {"duration": 3600, "started_at": NOON}
CLIENT_APPROVES = an_engagement(requires_client_approval=True)

NEEDS_APPROVAL = [
    Row("a role with standing access", False, an_engagement(), a_grant(), "readonly"),
    Row("a role on request", True, an_engagement(), a_grant_on_request(), "readonly"),
    Row("where the client approves all access", True, CLIENT_APPROVES, a_grant(), "readonly"),
]  # fmt: skip
NEEDS_START = [
    Row("access with a fixed start", False, an_approved_grant()),
    Row("access that begins with its first use", True, an_approved_grant(**UNSTARTED)),
    Row("access that has begun with its first use", False, an_approved_grant(**STARTED)),
]
CURRENT = [
    Row("in force", True, an_approved_grant(), SOON),
    Row("starts in an instant", False, an_approved_grant(starts_at=NOON + TICK), NOON),
    Row("ends now", False, an_approved_grant(ends_at=NOON), NOON),
    Row("revoked", False, an_approved_grant(revoked_at=NOON), NOON),
    Row("not started", False, an_approved_grant(**UNSTARTED), NOON),
    Row("started", True, an_approved_grant(**STARTED), NOON),
]
CURRENT_OR_UPCOMING = [
    Row("in force", True, an_approved_grant(), NOON),
    Row("ends now", False, an_approved_grant(ends_at=NOON), NOON),
    Row("revoked", False, an_approved_grant(revoked_at=NOON), NOON),
]
REVOKED_SINCE = ("", "a-stop", "", "")
MAY_OPEN = [
    Row("nothing was revoked", True, an_approved_grant(), an_engagement(), NO_STOPS),
    Row("something was revoked", False, an_approved_grant(), an_engagement(), REVOKED_SINCE),
    Row("the client had to approve", False, an_approved_grant(), CLIENT_APPROVES, NO_STOPS),
    Row("the client approved", True,
        an_approved_grant(client_approved=True), CLIENT_APPROVES, NO_STOPS),
]  # fmt: skip
STOPS = [
    Row("none", NO_STOPS, a_member(), an_engagement(), a_role(), a_grant()),
    Row("one of each item", ("m", "e", "r", "g"),
        a_member(stop="m"), an_engagement(stop="e"), a_role(stop="r"), a_grant(stop="g")),
    Row("a role that got another ARN", ("", "", "r#2", ""),
        a_member(), an_engagement(), a_role(stop="r", arn_changes=2), a_grant()),
    Row("a role that was taken from the grant and returned", ("", "", "", "g#1"),
        a_member(), an_engagement(), a_role(),
         a_grant(stop="g", removals={"readonly": 1, "deploy": 3})),
]  # fmt: skip


def choice(
    name: str, expected: object, *approved: Any, engagement: Any = None, **keywords: Any
) -> Row:
    """Return a row with the approved grants among which to choose at noon."""
    engagement = engagement or an_engagement()
    return Row(name, expected, approved, engagement, NO_STOPS, NOON, **keywords)


ONE = an_approved_grant()
LONGER = an_approved_grant(number="2", request=a_request_id(number=2), ends_at=LAST)
SHORTER = an_approved_grant(number="2", request=a_request_id(number=3), ends_at=SOON)
AS_LONG = an_approved_grant(number="3", request=a_request_id(number=1))
BY_CLIENT = an_approved_grant(client_approved=True)
CHOICES = [
    choice("none", "approval-required"),
    choice("the one that ends last, wherever it stands", LONGER, LONGER, AS_LONG, ONE),
    choice("the one that ends last, although its request is earlier", ONE, SHORTER, ONE),
    choice("the later request of two that end together", AS_LONG, ONE, AS_LONG),
    choice("the request that a vend began with", ONE, ONE, LONGER, request=ONE.request),
    choice("one that starts later", "approval-required", an_approved_grant(starts_at=SOON)),
    choice("one that has ended", "approval-required", an_approved_grant(ends_at=NOON)),
    choice("one that was revoked", "approval-revoked", an_approved_grant(revoked_at=NOON)),
    choice("one that is not started", "access-not-started", an_approved_grant(**UNSTARTED)),
    choice("the client's approval, where it is not necessary", BY_CLIENT, BY_CLIENT),
    choice("only a colleague's, where the client's is necessary", "client-approval-required",
           ONE, engagement=CLIENT_APPROVES),
]  # fmt: skip

OVER = an_approved_grant(ends_at=NOON)
TWO, THREE = (an_approved_grant(number=number) for number in ("2", "3"))
OVER_THREE = an_approved_grant(number="3", ends_at=NOON)
DEAD_TWO = an_approved_grant(number="2", stops=REVOKED_SINCE)
FREE_NUMBERS = [
    Row("none is taken", ("1", None), (), NO_STOPS, NOON),
    Row("the first is taken", ("2", None), (ONE,), NO_STOPS, NOON),
    Row("the first has ended", ("1", OVER), (OVER, TWO), NO_STOPS, NOON),
    Row("the third has ended", ("3", OVER_THREE), (ONE, TWO, OVER_THREE), NO_STOPS, NOON),
    Row("all are taken", None, (ONE, TWO, THREE), NO_STOPS, NOON),
    Row("a revocation since has ended the second", ("2", DEAD_TWO),
        (ONE, DEAD_TWO, THREE), NO_STOPS, NOON),
]  # fmt: skip
IN_PLACE = [
    Row("nothing had its key", {}, None),
    Row("of a revoked one", {"version": 4, "stop": "s"},
        an_approved_grant(version=3, stop="s", revoked_at=NOON)),
]  # fmt: skip

RULES = [
    (needs_approval, NEEDS_APPROVAL, 2),
    (ApprovedGrant.needs_start.fget, NEEDS_START, 2),
    (ApprovedGrant.is_current, CURRENT, 8),
    (ApprovedGrant.is_current_or_upcoming, CURRENT_OR_UPCOMING, 3),
    (list_stops, STOPS, 10),
    (ApprovedGrant.may_open, MAY_OPEN, 3),
    (choose_approved_grant, CHOICES, 17),
    (find_free_number, FREE_NUMBERS, 6),
    (in_place_of, IN_PLACE, 2),
]
