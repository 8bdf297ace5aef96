"""Actions of the access review: keep or end a grant."""

from __future__ import annotations

from urllib.parse import urlencode

from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.reviews import Decision, GrantVersion, ReviewGrant
from chalicelib.domain.errors import AccessDenied, Conflict, NotFound
from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.moments import end_text
from chalicelib.domain.reasons import Reason
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.domain.vending.stops.kinds import STOPS, StopNames, StopTarget
from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    FormField,
    Typed,
    go_to,
    show,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import hidden, reason_field
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.entrypoints.web.stops.forms import show_preview
from chalicelib.entrypoints.web.stops.views import build_answer_values
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements.grants import find_grant
from chalicelib.usecases.engagements.review import ReviewedGrant, decide_review
from chalicelib.usecases.vending.stops.previews import preview_stop


class ReviewGrantForm(Request, frozen=True, kw_only=True):
    """A decision about a grant. `version` is the grant's as the form shows it."""

    engagement: EngagementId
    member: MemberId
    version: GrantVersion | None = None
    reason: ReasonText


def _read_grant(web: WebRequest, typed: Typed) -> Grant:
    """Return the grant that the form is about. Raise the errors with which the use case refuses a
    decision about it."""
    valid = parse_valid_fields(ReviewGrantForm, dict(typed))
    if "engagement" not in valid or "member" not in valid:
        raise NotFound(Reason.NO_SUCH_GRANT)
    grant = find_grant(web.ports, valid["engagement"], valid["member"])
    if grant.member == web.caller.member.id:
        raise AccessDenied(Reason.OWN_GRANT)
    if not grant.is_current_or_upcoming(web.now):
        raise Conflict(
            Reason.ALREADY_ENDED, "This grant has ended or was revoked, so nothing was changed."
        )
    return grant


def _list_fields(grant: Grant, typed: Typed) -> tuple[FormField, ...]:
    return (
        hidden("engagement", grant.engagement),
        hidden("member", grant.member),
        hidden("version", str(grant.version)),
        reason_field(typed.get("reason", ""), hint="The audit trail keeps it."),
    )


def _decide(web: WebRequest, form: ReviewGrantForm, decision: Decision) -> ReviewedGrant:
    request = ReviewGrant(decision=decision, version=form.version, why=form.reason)
    return decide_review(web.ports, web.caller, form.engagement, form.member, request)


@web_action(
    "keep-grant",
    heading="Keep the grant of",
    button="Keep it",
    done="Your decision is recorded.",
    kinds=LEADS,
    action=Action.GRANT_REVIEW,
    form=ReviewGrantForm,
)
def keep_grant(web: WebRequest, form: ReviewGrantForm) -> ActionResult:
    _decide(web, form, Decision.KEEP)
    return go_to(f"review?{urlencode({'engagement': form.engagement})}")


@keep_grant.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    grant = _read_grant(web, typed)
    return ActionPage(
        effect=(
            (
                f"{grant.member} keeps access to {', '.join(sorted(grant.roles))} in"
                f" {grant.engagement} until {end_text(grant.ends_at)}. Nothing about the grant"
                " changes."
            ),
            "The audit trail records that you reviewed it, and why it stays.",
        ),
        target=f"{grant.member} in {grant.engagement}",
        fields=_list_fields(grant, typed),
    )


@web_action(
    "end-grant",
    heading="End the grant of",
    button="End it",
    done="The grant is revoked.",
    kinds=LEADS,
    action=Action.GRANT_REVIEW,
    form=ReviewGrantForm,
    is_stop=True,
)
def end_grant(web: WebRequest, form: ReviewGrantForm) -> ActionResult:
    revocation = _decide(web, form, Decision.END).revocation
    if revocation is None:
        raise ValueError("the grant was not revoked")
    names = StopNames(engagement=form.engagement, member=form.member)
    target = StopTarget.build(STOPS["revoke-grant"], names)
    return show("web/stops/done.html", **build_answer_values(target, revocation, is_last=False))


@end_grant.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    grant = _read_grant(web, typed)
    names = StopNames(engagement=grant.engagement, member=grant.member)
    page = show_preview(preview_stop(web.ports, web.caller, STOPS["revoke-grant"], names))
    target = f"{grant.member} in {grant.engagement}"
    return replace(page, target=target, fields=_list_fields(grant, typed))
