"""Sentences on the access that a request would open."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.requests.view import describe_span
from chalicelib.domain.text import join_words


def name_role(role: str, engagement_id: str, engagement: Engagement | None) -> str:
    """Return the role as a sentence names it, such as "the role deploy in Acme (acme-prod), AWS
    account 987654321098"."""
    if engagement is None:
        return f"the role {role} in {engagement_id}"
    account = engagement.account_id
    return f"the role {role} in {engagement.client} ({engagement.id}), AWS account {account}"


def describe_opening(request: AccessRequest, engagement: Engagement | None) -> str:
    """Return a sentence on the access that an approval of the request opens."""
    role = name_role(request.role, request.engagement, engagement)
    return f"{request.member} gets access to {role}, {describe_span(request) or 'for a time'}."


def describe_approval(waiting_for: Sequence[str]) -> str:
    """Return a sentence on an approval after which the request waits for these approvers."""
    if not waiting_for:
        return "Yours is the last approval that it needs: it opens the access."
    return (
        "Your approval counts, and opens nothing yet: the request then still waits for"
        f" {join_words(waiting_for)}."
    )
