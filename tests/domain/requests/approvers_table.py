"""The approvers who count for the client, and the changes that wait after a suspension."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import (
    MAX_CONFIRMING_LEADS,
    ClientApprover,
    is_removed_for_good,
)
from chalicelib.domain.people.members import LOOK_BACK, Kind, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import CLIENT, Action
from tests.builders import (
    a_client_approver,
    a_member,
    an_approval_policy,
    an_engagement,
)
from tests.domain.evidence.samples import entry
from tests.domain.rows import Row, no, yes
from tests.domain.vending.sessions_table import TICK
from tests.fakes import NOON

DAY = timedelta(hours=24)
FREE = an_engagement()
NAMED = NOON
JO = a_client_approver(named_at=NAMED)


def ruled(since: Any = NAMED) -> Any:
    """Return the engagement with the client's rule, which began then."""
    return an_engagement(requires_client_approval=True, client_approval_since=since)


def jo(**changes: Any) -> Any:
    return a_client_approver(**({"named_at": NAMED} | changes))


COUNTS_FROM = [
    Row("without the rule", NAMED + DAY, JO, FREE),
    Row("under a rule of an unknown time", None, JO, ruled(None)),
    Row("who counted when the rule began", NAMED + DAY, JO, ruled(NAMED + DAY)),
    Row("alone under the rule", NAMED + 3 * DAY, jo(named_alone=True), ruled()),
    Row("confirmed under an earlier rule", None, jo(confirmed_at=NAMED), ruled(NAMED + TICK)),
    Row("confirmed late", NAMED + 2 * DAY, jo(confirmed_at=NAMED + 2 * DAY), ruled()),
]
LENA = a_member("lena", kind=Kind.LEAD)


def suspended(at: Any = NOON) -> Any:
    return a_member("lena", kind=Kind.LEAD, suspended_at=at)


UNCONFIRMED = a_member("lena", kind=Kind.LEAD, unconfirmed_since=NOON, kind_set_at=NOON + DAY)
LEAVES_UNCONFIRMED = [
    no("an active lead", LENA, NOON),
    yes("a suspended lead", suspended(), NOON - DAY),
    no("90 days before", suspended(), NOON - LOOK_BACK),
    yes("a lead reinstated by a new one", UNCONFIRMED, NOON),
    no("90 days before the suspension", UNCONFIRMED, NOON - LOOK_BACK),
    no("since the reinstatement", UNCONFIRMED, NOON + DAY),
    no("then, and a recovery", replace(UNCONFIRMED, tokens_from=NOON + 2 * DAY), NOON + DAY),
    yes("suspended again", replace(UNCONFIRMED, suspended_at=NOON + LOOK_BACK), NOON - DAY),
    no("years later", replace(UNCONFIRMED, suspended_at=NOON + 400 * DAY), NOON + DAY),
]
MIA = a_member("mia", kind=Kind.LEAD)
GONE = {"lena": suspended()}
BY_TWO = jo(confirmed_at=NOON, confirmed_under=("lena", "mia"))
APPROVER_WAITS = [
    no("an active lead's", jo(), {"lena": LENA}),
    yes("a suspended lead's", jo(), GONE),
    yes("an unknown lead's", jo(), {}),
    no("confirmed by the client", jo(confirmed_at=NOON), GONE),
    yes("confirmed under the same lead", jo(confirmed_at=NOON, confirmed_under=("lena",)), GONE),
    no("confirmed under another lead too", BY_TWO, {**GONE, "mia": MIA}),
    yes("two leads, who are gone", BY_TWO, GONE),
    yes("named again since", jo(named_at=NOON - LOOK_BACK, named_again_at=NOON), GONE),
]
MANY = tuple(f"lead-{number}" for number in range(MAX_CONFIRMING_LEADS))
CONFIRMING_LEADS = [
    Row("the lead who named them", ("lena",), JO, NOON),
    Row("none after 90 days", (), JO, NOON + LOOK_BACK),
    Row("the one who named them again", ("mia",), jo(named_again_by="mia"), NOON),
    Row(
        "named again 90 days later",
        ("mia",),
        jo(named_again_by="mia", named_again_at=NOON + LOOK_BACK),
        NOON + LOOK_BACK,
    ),
    Row(
        "not more than fit",
        ("lena", *MANY[: MAX_CONFIRMING_LEADS - 1]),
        jo(confirmed_at=NOON, confirmed_under=MANY),
        NOON,
    ),
    Row("also those of a confirmation", ("lena", "mia"), BY_TWO, NOON),
    Row("none after a confirmation without one", (), jo(confirmed_at=NOON), NOON),
]
RESPONSIBLE = [
    Row("the lead who named them", "lena", jo()),
    Row("the lead who named them again", "mia", jo(named_again_by="mia")),
]
ACTIVE = {"lena": LENA}
RIGHT_PROBLEMS = [
    Row("none", None, JO, FREE, ACTIVE, NAMED + DAY),
    Row("named today", Reason.RIGHT_TOO_NEW, JO, FREE, ACTIVE, NAMED + DAY - TICK),
    Row("to be confirmed", Reason.NOT_CONFIRMED, JO, ruled(), ACTIVE, NAMED + 9 * DAY),
    Row("by a suspended lead", Reason.LEAD_SUSPENDED, JO, FREE, GONE, NAMED + DAY),
]
POLICY = an_approval_policy(changed_by="lena", changed_at=NOON)
BY_BOTH = POLICY.changed("mia", NOON, confirms=False)
POLICY_WAITS = [
    no("an active lead's", POLICY, {"lena": LENA}),
    yes("a suspended lead's", POLICY, {"lena": suspended()}),
    yes("an unknown lead's", POLICY, {}),
    no("that no one changed", an_approval_policy(), {}),
    no("two active leads'", BY_BOTH, {"lena": LENA, "mia": MIA}),
    yes("changed by a new lead since", BY_BOTH, {"lena": suspended(), "mia": MIA}),
    no(
        "confirmed since",
        BY_BOTH.changed("mia", NOON, confirms=True),
        {"lena": suspended(), "mia": MIA},
    ),
]


COUNTED = jo(revoked_at=NAMED + DAY)


def ended_by(actor: str, **details: str) -> Stop:
    """Return the end of an approver's right by this actor."""
    ended = entry(Action.APPROVER_REVOKE, details, at=NAMED + DAY, actor=actor)
    return Stop(kind="ClientApprover", names=COUNTED.key, entry=ended)


HAS_COUNTED = [
    yes("counted", COUNTED, FREE, None),
    no("removed too early", jo(revoked_at=NAMED), FREE, None),
    no("never confirmed", COUNTED, ruled(), None),
    no("not removed", JO, FREE, None),
    yes("named earlier too", jo(revoked_at=NAMED, counted_before=True), FREE, None),
    no("a contact", jo(revoked_at=NAMED + DAY, is_contact=True), FREE, None),
    yes("removed by a lead", COUNTED, FREE, ended_by("lena")),
    yes("removed by someone new", COUNTED, FREE, ended_by(CLIENT)),
    no("removed by one who counts", COUNTED, FREE, ended_by(CLIENT, for_good="true")),
]
REMOVED_FOR_GOOD = [
    no("not", None),
    no("by a lead", ended_by("lena", for_good="true")),
    no("by someone new", ended_by(CLIENT)),
    yes("by one who counts", ended_by(CLIENT, for_good="true")),
]

RULES = [
    (ApprovalPolicy.waits_for_a_lead, POLICY_WAITS, 2),
    (ClientApprover.counts_from, COUNTS_FROM, 5),
    (ClientApprover.waits_for_a_lead, APPROVER_WAITS, 2),
    (ClientApprover.responsible_lead.fget, RESPONSIBLE, 1),
    (ClientApprover.list_confirming_leads, CONFIRMING_LEADS, 2),
    (ClientApprover.find_right_problem, RIGHT_PROBLEMS, 3),
    (ClientApprover.has_counted, HAS_COUNTED, 3),
    (is_removed_for_good, REMOVED_FOR_GOOD, 2),
    (Member.leaves_unconfirmed, LEAVES_UNCONFIRMED, 1),
]
