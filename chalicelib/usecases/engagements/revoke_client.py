"""Revoke a client: all its engagements, in one call.

First every engagement gets its stop, so that the slow part, the list of sessions, delays no block.
A call begins nothing after 12 seconds. Repeating it continues.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from chalicelib.domain.engagements.clients import is_similar_client_name, normalise_client_name
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import DaypassError, NotFound, Unavailable
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Operation
from chalicelib.domain.vending.sessions import Revocation, merge_revocations
from chalicelib.domain.vending.several_revocations import (
    BlockedEngagement,
    BlockStatus,
    ClientRevocation,
    SimilarClient,
    build_client_revocation,
)
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.several import TIME_TO_BEGIN, build_part, run_each
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import as_system_actor, record, retry_on_conflict
from chalicelib.usecases.vending.revoking import (
    RevocationOrder,
    RevokedItem,
    begin_revocation,
    finish_revocation,
)


def revoke_client(ports: Ports, lead: Caller, client: str, *, why: str) -> ClientRevocation:
    """Revoke every engagement of the client with this name, and return what happened to each.

    The case of letters and the number of spaces do not matter. An engagement that was opened or
    renamed in the last seconds may be missing. If some engagements cannot be blocked, or the time
    runs out, the response names them, and another call continues.

    Raise NotFound if no engagement has this client, and Unavailable if none could be blocked.
    """
    latest_begin = ports.now() + TIME_TO_BEGIN
    engagements, similar = _find_engagements(ports, client)
    begun = run_each(
        ports,
        latest_begin,
        [partial(_begin, ports, lead, engagement.id, why) for engagement in engagements],
    )
    items = [result for result in begun if isinstance(result, RevokedItem)]
    completed = run_each(
        ports, latest_begin, [partial(finish_revocation, ports, lead, item) for item in items]
    )
    results = dict(zip((item.item.key for item in items), completed, strict=True))
    parts = [
        build_part(
            engagement,
            result if isinstance(result, DaypassError) else results[engagement.key],
            revoked_at=result.at if isinstance(result, RevokedItem) else engagement.revoked_at,
        )
        for engagement, result in zip(engagements, begun, strict=True)
    ]
    _record(ports, lead, engagements, parts, why)
    merged = merge_revocations([each for each in completed if isinstance(each, Revocation)])
    if merged is None:
        raise _build_error(parts, (*begun, *completed))
    return build_client_revocation(engagements[0].client, merged, parts, similar)


def _find_engagements(
    ports: Ports, client: str
) -> tuple[Sequence[Engagement], Sequence[SimilarClient]]:
    """Return the client's engagements, and the clients with a similar name. Raise NotFound if no
    engagement has this client."""
    sought = normalise_client_name(client)
    engagements: list[Engagement] = []
    similar: dict[str, list[Engagement]] = {}
    for engagement in list_all(ports.state, Engagement):
        name = normalise_client_name(engagement.client)
        if name == sought:
            engagements.append(engagement)
        elif is_similar_client_name(name, sought):
            similar.setdefault(name, []).append(engagement)
    similar_clients = [
        SimilarClient(group[0].client, len(group)) for _, group in sorted(similar.items())
    ]
    if not engagements:
        names = ", ".join(each.client for each in similar_clients[:5])
        hint = f" Clients with a similar name: {names}." if names else ""
        raise NotFound(
            Reason.NO_SUCH_CLIENT,
            f"No engagement has this client. Check the client's name.{hint}",
        )
    # A call that has too little time for all of them continues where an earlier one ended.
    engagements.sort(key=lambda each: each.revoked_at or ports.now(), reverse=True)
    return engagements, similar_clients


def _build_error(parts: Sequence[BlockedEngagement], results: Sequence[object]) -> DaypassError:
    """Return the first error, with the number of engagements whose revocation is stored."""
    error = next(result for result in results if isinstance(result, DaypassError))
    stored = sum(part.revoked_at is not None for part in parts)
    if not stored:
        return error
    return type(error)(
        error.reason,
        f"Daypass stored the revocation of {stored} of {len(parts)} engagements, and could not"
        " finish it. Send the same request again.",
    )


def _begin(ports: Ports, lead: Caller, engagement: str, why: str) -> RevokedItem:
    """Store the engagement's stop, and record its revocation."""

    def attempt(by: Caller) -> RevokedItem:
        stored = find_engagement(ports, engagement)
        order = RevocationOrder(stored, Action.ENGAGEMENT_REVOKE, {"said": why})
        return begin_revocation(ports, by, order)

    return retry_on_conflict(ports, lead, attempt)


def _record(
    ports: Ports,
    lead: Caller,
    engagements: Sequence[Engagement],
    parts: Sequence[BlockedEngagement],
    why: str,
) -> None:
    """Record that the client was revoked, if this call revoked an engagement. Each engagement has
    an entry of its own, so if this entry cannot be written, only the summary is missing."""
    was_revoked = {engagement.id for engagement in engagements if engagement.revoked_at is not None}
    new = [part for part in parts if part.revoked_at and part.engagement not in was_revoked]
    if not new:
        return
    details = {
        "client": engagements[0].client,
        "engagements": str(len(new)),
        "not_blocked": str(sum(part.status is not BlockStatus.BLOCKED for part in parts)),
        "said": why,
    }
    by = as_system_actor(lead)
    operation = Operation(action=Action.CLIENT_REVOKE, details=details)
    with suppress(Unavailable):
        retry_on_conflict(ports, by, lambda by: record(ports, by, operation))
