"""Say to an approver whose right is new from when it counts, and who can approve until then."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.moments import utc_text
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.requests.decisions import find_right_begin
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.policies import find_possible_approvers
from chalicelib.usecases.requests.reading import RequestContext

MAX_NAMES = 5


def explain_new_right(
    ports: Ports, context: RequestContext, approver: Caller, now: datetime
) -> str:
    """Return why this member cannot approve the request yet, and what can be done meanwhile."""
    request, policy = context.request, context.policy
    begins_at = find_right_begin(policy, approver.member, approver.token.given_since)
    counting = [
        each.id
        for each in find_possible_approvers(ports, policy)
        if each.id not in (request.member, approver.member.id)
        and now >= find_right_begin(policy, each)
    ]
    texts = [f"Your approval counts from {utc_text(begins_at)}: what is new does not approve."]
    if counting:
        texts.append(f"Until then, {' or '.join(_limit(sorted(counting)))} can approve it.")
    else:
        texts.append("Until then, no one else can approve it either.")
        grant = ports.state.get(Grant, request.engagement, request.member)
        is_emergency_granted = grant is not None and request.role in grant.emergency
        if is_emergency_granted and not context.engagement.requires_client_approval:
            texts.append(
                f"In an emergency, {request.member} can open the role themself: daypass emergency"
                f" {request.engagement}/{request.role}."
            )
    texts.append("You can deny it already.")
    return " ".join(texts)


def _limit(names: list[str]) -> list[str]:
    others = len(names) - MAX_NAMES
    return names if others <= 0 else [*names[:MAX_NAMES], f"{others} others"]
