"""Say what a person's decision about a request will do, before they make it, and notify people that
one still waits or that no one decided it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.moments import describe_duration, utc_text
from chalicelib.domain.notifications.notification import Notification, build_notification_key
from chalicelib.domain.requests.outcomes import RequestSession
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.requests.view import RequestStep, RequestView
from chalicelib.domain.text import LONGEST_TEXT, clean_text, count_of, join_words


def name_role(role: str, engagement: Engagement | RequestView) -> str:
    """Return the role as a sentence names it, such as "the role deploy in Acme (acme-prod, AWS
    account 987654321098)". The engagement can be that of a request."""
    name = engagement.id if isinstance(engagement, Engagement) else engagement.engagement
    return f"the role {role} in {engagement.client} ({name}, AWS account {engagement.account_id})"


def describe_opening(request: RequestView) -> str:
    """Return a sentence on the access that an approval of the request opens."""
    return f"{request.member} gets access to {name_role(request.role, request)}, {request.span}."


def describe_emergency(client: str) -> tuple[str, ...]:
    """Return sentences on what happens after the caller opens an emergency. `client` is the
    client's name if the client is notified of it, and otherwise empty."""
    notified = f"Daypass notifies every lead{f' and {client}' if client else ''} immediately."
    return (
        notified,
        ("Another lead must confirm the emergency before you can use emergency access again."),
    )


def describe_step(
    step: RequestStep,
    request: RequestView,
    waiting_after_yours: Sequence[str],
    sessions: Sequence[RequestSession] | None,
    now: datetime,
) -> tuple[str, ...]:
    """Return sentences on what the step will do. `waiting_after_yours` are the approvers that the
    request waits for after the caller's approval. `sessions` are the sessions that the request
    opened, or None if Daypass could not read them."""
    member, role = request.member, name_role(request.role, request)
    match step:
        case RequestStep.APPROVE:
            effect = (
                "The request also needs approval from"
                f" {join_words(waiting_after_yours)} before it gives access."
                if waiting_after_yours
                else "The request needs no other approval, so your approval gives access."
            )
            return describe_opening(request), effect, f"Reason: {request.reason}"
        case RequestStep.DENY:
            denied = f"This denies {member} access to {role}, {request.span}."
            return denied, f"{member} can send a new request."
        case RequestStep.WITHDRAW:
            withdrawn = f"This withdraws your request for {role}, {request.span}."
            return withdrawn, "You can send a new request."
        case RequestStep.START:
            lasts = describe_duration(request.duration or 0)
            begins = f"You get access to {role} for {lasts}, starting now."
            return begins, "The time starts now and cannot be paused."
        case RequestStep.END | RequestStep.REVOKE:
            subject = "You" if step is RequestStep.END else member
            again = "To get access again, send a new request."
            ended = f"{subject} can no longer get sessions for {role} with this request. {again}"
            return ended, _describe_sessions(sessions, now)
        case RequestStep.CONFIRM:
            return (
                f"In an emergency, {member} got access to {role}. Reason: {request.reason}",
                f"After you confirm the emergency, {member} can use emergency access again.",
                "Your confirmation does not end the access. To end the access, revoke it.",
            )


def _describe_sessions(sessions: Sequence[RequestSession] | None, now: datetime) -> str:
    """Return a sentence on the sessions under the request that may be active."""
    if sessions is None:
        return (
            "Daypass could not read the sessions of this access. Each session may remain active for"
            " up to an hour after it started."
        )
    alive = [each for each in sessions if each.may_be_alive(now)]
    if not alive:
        return "No session of this access is still active."
    last = utc_text(max(each.ends_by for each in alive))
    return (
        f"{count_of(len(alive), 'session')} of this access may still be active until {last}. If the"
        " client allows it, Daypass ends live sessions sooner, from within the client's account."
    )


def build_wait_notification(
    request: AccessRequest, view: RequestView, now: datetime
) -> Notification:
    """Return the notification that tells the approvers that the request still waits, with the
    buttons that decide it."""
    access = f"{request.engagement}/{request.role}"
    return Notification(
        key=build_notification_key("waits", request.id),
        at=now,
        until=request.expires_at,  # Until then, a channel remembers the key, and sends it once.
        title=f"{request.member}'s request for {access} is still waiting",
        text=f"{request.member} requests {access}, {view.span}. {view.message}",
        why=clean_text(request.reason, LONGEST_TEXT),
        engagement=request.engagement,
        request=request.id,
        effect=describe_opening(view),
    )


def build_expiry_notification(request: AccessRequest, now: datetime) -> Notification:
    """Return the notification that tells the member that no one decided their request in time."""
    access = f"{request.engagement}/{request.role}"
    return Notification(
        key=build_notification_key("expired", request.id),
        at=request.expires_at,
        # A channel remembers that it sent this key until `until`. `expires_at` has passed, so the
        # channel would forget the key at once and could send the notification twice.
        until=now,
        title=f"{request.member}'s request for {access} has expired",
        text=f"The request {request.id} expired on {utc_text(request.expires_at)}, before anyone"
        f" decided on it, so it gives no access. {request.member} can send a new request.",
        member=request.member,
        engagement=request.engagement,
    )
