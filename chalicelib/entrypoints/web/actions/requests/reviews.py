"""Actions of the access review: keep or end grants, one or several with one reason."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, NamedTuple

from chalicelib.domain.engagements.engagements import Grant, describe_roles
from chalicelib.domain.engagements.reviews import Decision, ReviewGrant
from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError, NotFound
from chalicelib.domain.moments import end_text
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.domain.vending.stops.kinds import STOPS, StopNames
from chalicelib.domain.vending.stops.previews import Preview, PreviewPart
from chalicelib.entrypoints.web.actions.declared import ActionPage, build_rows_page, web_action
from chalicelib.entrypoints.web.actions.tallies import Tally, do_each, rows_of
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements.grants import decide_review
from chalicelib.usecases.vending.stops.previews import preview_stop

_REVOKE = STOPS["revoke-grant"]
_OF_EACH = ("Live sessions", "Cut-off", "Requests", "Not read")
"""The parts of a revocation's preview that differ from grant to grant."""


class GrantRow(NamedTuple):
    """A grant of the list, with the version that the list showed."""

    engagement: str
    member: str
    version: str

    @property
    def name(self) -> str:
        return f"{self.member} in {self.engagement}"


class ReviewForm(Request):
    """One decision about each of these grants, with one reason."""

    row: Annotated[
        frozenset[GrantRow], rows_of(GrantRow, "([a-z0-9-]{1,40}):([a-z0-9.-]{1,64}):([0-9]{1,9})")
    ]
    reason: ReasonText


class ReviewedRows(NamedTuple):
    """The grants that can be decided about, and why the others cannot."""

    grants: list[Grant]
    others: list[str]

    def build_page(self, *effect: str, parts: Sequence[PreviewPart] = ()) -> ActionPage:
        options = tuple(map(_build_option, self.grants))
        return build_rows_page("grant", options, self.others, *effect, parts=parts)


def _build_option(grant: Grant) -> tuple[str, str]:
    roles = describe_roles(grant.roles, grant.on_request, grant.emergency)
    text = f"{grant.member} in {grant.engagement}: {roles}, until {end_text(grant.ends_at)}"
    return f"{grant.engagement}:{grant.member}:{grant.version}", text


def _find_grants(web: WebRequest, rows: Sequence[GrantRow]) -> ReviewedRows:
    grants = web.ports.state.get_many(Grant, [(row.engagement, row.member) for row in rows])
    reviewed = ReviewedRows([], [])
    for row in rows:
        try:
            reviewed.grants.append(_check(web, row, grants.get((row.engagement, row.member))))
        except DaypassError as problem:
            if len(rows) == 1:
                raise
            reviewed.others.append(f"{row.name}: {problem.text(Surface.WEB)}")
    return reviewed


def _check(web: WebRequest, row: GrantRow, grant: Grant | None) -> Grant:
    """Return the grant. Raise the errors with which the use case refuses a decision about it."""
    if grant is None:
        raise NotFound(Reason.NO_SUCH_GRANT)
    if grant.member == web.caller.member.id:
        raise AccessDenied(Reason.OWN_GRANT)
    if not grant.is_current_or_upcoming(web.now):
        raise Conflict(Reason.ALREADY_ENDED, "This grant has ended or was revoked.")
    if str(grant.version) != row.version:
        changed = "This grant has changed since the list was shown. Open the list again."
        raise Conflict(Reason.CHANGED_MEANWHILE, changed)
    return grant


def _decide(web: WebRequest, row: GrantRow, decision: Decision, reason: str) -> int:
    """Record the decision. Return the number of sessions that may outlive the grant."""
    request = ReviewGrant(decision=decision, version=int(row.version), why=reason)
    reviewed = decide_review(web.ports, web.caller, row.engagement, row.member, request)
    return reviewed.revocation.alive if reviewed.revocation is not None else 0


def _decide_each(decision: Decision, web: WebRequest, form: ReviewForm) -> Tally:
    return do_each(
        {row.name: partial(_decide, web, row, decision, form.reason) for row in form.row}
    )


@web_action(
    "keep-grants",
    "Keep",
    "Keep",
    "Kept",
    Action.GRANT_REVIEW,
    ReviewForm,
    perform=partial(_decide_each, Decision.KEEP),
    find=_find_grants,
    rows="grant",
    labels={"row": "Grants"},
    then="review",
)
def _(_: WebRequest, rows: ReviewedRows) -> ActionPage:
    return rows.build_page(
        "These grants do not change.",
        "For each grant, the audit trail records that you reviewed it, and why you kept it.",
    )


@web_action(
    "end-grants",
    "End",
    "End",
    "Ended",
    Action.GRANT_REVIEW,
    ReviewForm,
    perform=partial(_decide_each, Decision.END),
    find=_find_grants,
    rows="grant",
    is_stop=True,
    labels={"row": "Grants"},
    then="review",
)
def _(web: WebRequest, rows: ReviewedRows) -> ActionPage:
    previews = web.ports.side_by_side([partial(_preview, web, each) for each in rows.grants])
    parts = [
        PreviewPart(
            f"{grant.member} in {grant.engagement}",
            tuple(line for part in preview.parts if part.title in _OF_EACH for line in part.lines),
        )
        for grant, preview in zip(rows.grants, previews, strict=True)
    ]
    return rows.build_page(
        "These grants are revoked. No one can get new sessions with them.",
        "The members’ grants for other engagements stay. To undo this, grant access again.",
        parts=parts,
    )


def _preview(web: WebRequest, grant: Grant) -> Preview:
    names = StopNames(engagement=grant.engagement, member=grant.member)
    return preview_stop(web.ports, web.caller, _REVOKE, names)
