"""Show a request: its fields, its status, the approvers that it waits for, and a sentence on all of
it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from statistics import median

from msgspec.structs import asdict, replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.identifiers import AccountId
from chalicelib.domain.moments import Moment, describe_duration, utc_text
from chalicelib.domain.people.members import Caller
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.requests.decisions import RequestContext, counts_too_late, find_right_begin
from chalicelib.domain.requests.outcomes import (
    RequestOutcome,
    RequestSession,
    count_seconds_to_decision,
    find_outcome,
)
from chalicelib.domain.requests.policies import MAX_NAMES, build_ticket_url, limit_names
from chalicelib.domain.requests.requests import AccessRequest, RequestFields, RequestStatus
from chalicelib.domain.text import ClientName, join_words

_RIGHTS_BEGIN_TOO_LATE = (
    "No one can approve the request in time, because a new right to approve does not take effect"
    " immediately."
)


class RequestView(RequestFields):
    """An access request as people see it, with its status now."""

    client: ClientName
    account_id: AccountId
    span: str
    """The access that is asked for, in words."""
    is_sensitive: bool
    """True if a press of a button in Slack does not approve it."""
    outcome: RequestOutcome | None
    """How the request ended. None if it has not."""
    decided_after: int | None
    """How many seconds others took to decide it. None if no one else decided it."""
    ticket_url: str
    """The ticket's URL. Empty if there is none."""
    waiting_for: tuple[str, ...]
    """The approvers that the request still waits for. Empty if it does not wait."""
    access_starts_at: Moment | None
    """When the access that the request opened starts. None if it opened none, or if it begins with
    its first use and that has not happened."""
    access_ends_at: Moment | None
    """When that access ends; for access that has not begun, the latest time to start it."""
    started_at: Moment | None
    """When access with a duration was first used."""
    access_revoked_at: Moment | None
    """When the access was revoked, or given back."""
    is_open: bool
    """True if the access is in force now, by the broker's clock."""
    message: str
    """A sentence with the result, the approvers that the request waits for, and until when."""

    @property
    def target(self) -> str:
        return f"{self.engagement}/{self.role}"


class RequestStep(StrEnum):
    """A step that a person can take with a request."""

    APPROVE = "approve"
    DENY = "deny"
    WITHDRAW = "withdraw"
    START = "start"
    """Start the access, so that its duration begins."""
    END = "end"
    """Give the access back."""
    REVOKE = "revoke"
    """Revoke the access of someone else."""
    CONFIRM = "confirm"
    """Confirm the emergency."""


class RequestRow(RequestView):
    """An access request as the caller sees it."""

    you_may: tuple[RequestStep, ...]
    """The steps that the caller can take now."""
    waits_for_you: bool
    """True if the caller can approve the request, and it waits for someone at the firm."""
    problem: Reason | None
    """Why the caller cannot approve an undecided request now, or, as a lead, not confirm an
    emergency. None if they can."""


class RequestDetail(RequestRow):
    """One request, with the sessions under it."""

    effects: Mapping[RequestStep, tuple[str, ...]]
    """The effect of each step of `you_may`, in sentences."""
    waiting_after_yours: tuple[str, ...]
    """The approvers that the request would still wait for after the caller's approval."""
    client_approvers: tuple[str, ...] | None
    """The names of the people at the client who may approve the request. None if it does not wait
    for the client, if the caller may not know them, or if they could not be read."""
    sessions: tuple[RequestSession, ...] | None
    """The sessions under the request, the latest first. None if they could not be read."""
    has_more_sessions: bool


def build_view(context: RequestContext) -> RequestView:
    """Return the request as people see it now.

    A request is still stored as waiting after a revocation has ended it. It then waits for no one,
    and its message says so.
    """
    request, policy, opened, now = context.request, context.policy, context.opened, context.now
    status, valid = request.status_at(now), context.valid_approvals
    has_ended = context.opening_problem is Reason.REQUEST_ENDED
    is_pending = status is RequestStatus.WAITING and not has_ended
    waiting_for = context.list_waiting_for(valid) if is_pending else ()
    # Access whose time begins with its first use has no start before that.
    has_started = opened is not None and not opened.needs_start
    if status is RequestStatus.WAITING and has_ended:
        message = Reason.REQUEST_ENDED.text(Surface.API)
    else:
        message = _build_message(context, status, waiting_for)
    # While the request waits, only the approvals that still count matter. Afterwards, all do.
    approvals = valid if is_pending else request.approvals
    return RequestView(
        **asdict(replace(request, status=status, approvals=approvals)),
        client=context.engagement.client,
        account_id=context.engagement.account_id,
        span=describe_span(request),
        is_sensitive=policy.sensitive,
        outcome=find_outcome(request, now),
        decided_after=count_seconds_to_decision(request, now),
        ticket_url=build_ticket_url(policy.ticket_url or "", request.ticket),
        waiting_for=waiting_for,
        access_starts_at=opened.starts_at if opened is not None and has_started else None,
        access_ends_at=opened.ends_at if opened is not None else None,
        started_at=opened.started_at if opened is not None else None,
        access_revoked_at=opened.revoked_at if opened is not None else None,
        is_open=opened is not None and opened.is_current(now),
        message=message,
    )


def describe_decision(request: AccessRequest) -> str:
    """Return a sentence on who decided the request and when, such as "lena approved this request on
    27 November 2026, 18:00 UTC." Empty if no one did."""
    if request.decided_at is None:  # also for an expired request
        return ""
    by, at = name_decider(request.decided_by), utc_text(request.decided_at)
    if request.is_emergency:
        return f"{by} used emergency access on {at}."
    verb = {
        RequestStatus.APPROVED: "approved",
        RequestStatus.DENIED: "denied",
        RequestStatus.WITHDRAWN: "withdrew",
    }[request.status]
    words = f": {request.decision}" if request.decision else ""  # `decision` is the decider's text
    return f"{by} {verb} this request on {at}{words}" + ("" if words.endswith(".") else ".")


def describe_span(request: RequestFields) -> str:
    """Return the access that is asked for as a text that follows a verb, such as "for 2 hours from
    first use" or "until 27 November 2026, 18:00 UTC"."""
    if request.duration is not None:
        return f"for {describe_duration(request.duration)} from first use"
    start = f"from {utc_text(request.starts_at)} " if request.starts_at else ""
    return f"{start}until {utc_text(request.ends_at)}" if request.ends_at else ""


def name_decider(decided_by: str) -> str:
    """Return the person as a sentence names them: "lena", or "jo at the client"."""
    client, _, approver = decided_by.rpartition("/")
    return f"{approver} at the client" if client else approver


def _build_message(
    context: RequestContext, status: RequestStatus, waiting_for: tuple[str, ...]
) -> str:
    """Return the sentences on the request's current state. `status` is its status now, and
    `waiting_for` the approvers that it waits for."""
    request, valid = context.request, context.valid_approvals
    expiry = utc_text(request.expires_at)
    match status:
        case RequestStatus.WAITING:
            people = [name_decider(each.decider) for each in valid]
            done = f"{' and '.join(people)} approved the request. " if people else ""
            needs = "It still needs" if people else "The request needs"
            members = context.approvers.members.values()
            is_late = counts_too_late(request, context.policy, members, valid)
            late = f" {_RIGHTS_BEGIN_TOO_LATE}" if is_late else ""
            approvers = join_words(waiting_for)
            return f"{done}{needs} approval from {approvers} by {expiry}.{late}"
        case RequestStatus.EXPIRED:
            return (
                f"The request expired on {expiry}, before anyone decided on it. If the access is"
                " still needed, send a new request."
            )
        case RequestStatus.APPROVED:
            sentences = (
                describe_decision(request),
                _describe_access(context.opened, context.now),
                _describe_confirmation(request),
            )
            return " ".join(filter(None, sentences))
        case _:
            return describe_decision(request)


def _describe_confirmation(request: AccessRequest) -> str:
    """Return a sentence on the confirmation of an emergency. Empty for another request."""
    if not request.is_emergency:
        return ""
    if request.confirmed_at is None:
        return (
            f"A lead must confirm the emergency before {request.member} can use emergency"
            " access again."
        )
    return f"{request.confirmed_by} confirmed the emergency on {utc_text(request.confirmed_at)}."


def _describe_access(opened: ApprovedGrant | None, now: datetime) -> str:
    """Return a sentence on the access that an approved request opened. `opened` is None if a later
    approved grant has taken the place of the request's own."""
    if opened is None:
        return "The access is over."
    if opened.revoked_at is not None:
        return f"The access was ended on {utc_text(opened.revoked_at)}."
    end = utc_text(opened.ends_at)
    if now >= opened.ends_at:
        if opened.needs_start:
            return f"The access expired on {end}. It was never used."
        return f"The access ended on {end}."
    if opened.needs_start:
        lasts = describe_duration(opened.duration or 0)
        return f"The access lasts {lasts} from first use. It must be used before {end}."
    if now < opened.starts_at:
        return f"The access lasts from {utc_text(opened.starts_at)} until {end}."
    return f"The access lasts until {end}."


def explain_new_right(context: RequestContext, approver: Caller) -> str:
    """Return why this member, whose right to approve is too new, cannot approve the request yet,
    and what can be done meanwhile."""
    request, policy, grant = context.request, context.policy, context.facts.grant
    # A new token delays the right of the caller, who acts with it. With which tokens the others
    # will act is not known, so only their kinds and the policy count here.
    begins_at = find_right_begin(policy, approver.member, approver.token.given_since)
    able = sorted(
        each.id
        for each in context.possible_approvers
        if each.id != approver.member.id and context.now >= find_right_begin(policy, each)
    )
    at = utc_text(begins_at)
    texts = [
        (
            f"You cannot approve the request until {at}, because a new right to approve does not"
            " take effect immediately."
        )
    ]
    if able:
        names = " or ".join(limit_names(able, MAX_NAMES))
        texts.append(f"Until then, {names} can approve the request.")
    else:
        texts.append("No one else can approve the request until then.")
        is_emergency_granted = grant is not None and request.role in grant.emergency
        if is_emergency_granted and not context.engagement.requires_client_approval:
            texts.append(
                f"In an emergency, {request.member} can get access without an approval: daypass"
                f" emergency {request.engagement}/{request.role}."
            )
    texts.append("You can deny the request now.")
    return " ".join(texts)


def describe_history(rows: Sequence[RequestView]) -> str:
    """Return sentences on how these requests ended, such as "2 approved, 1 by emergency. The median
    time to a decision is 5 minutes." Empty if none has ended."""
    outcomes = Counter(row.outcome for row in rows)
    counts = [
        f"{outcomes[each]} {'by emergency' if each is RequestOutcome.EMERGENCY else each.value}"
        for each in RequestOutcome
        if outcomes[each]
    ]
    seconds = [row.decided_after for row in rows if row.decided_after is not None]
    time = describe_duration(int(median(seconds))) if seconds else ""
    took = f" The median time to a decision is {time}." if time else ""
    return f"{', '.join(counts)}.{took}" if counts else ""
