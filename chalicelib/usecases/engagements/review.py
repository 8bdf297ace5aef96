"""Review the grants of all engagements: list them with their last use and their emergencies, and
keep or end each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chalicelib.domain.engagements.emergencies import EmergencyLock, EmergencyRecord
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.reviews import (
    REVIEW_PERIOD,
    Decision,
    GrantReview,
    ReviewGrant,
    count_unused_days,
    find_last_use,
    find_user,
    propose_decision,
)
from chalicelib.domain.errors import AccessDenied, Conflict
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Entry, Operation, Outcome, TrailQuery
from chalicelib.domain.values import Value, next_version
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.grants import find_grant, revoke_grant
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import record, write

MAX_GRANTS_PER_PAGE = 25
"""Each member with a grant on the page costs one query of the trail."""
MAX_READS_PER_PAGE = 25
"""The most reads of grants for one page. A page without enough grants by then is shorter."""
ITEMS_PER_READ = 100
"""Engagements or grants."""
ENTRIES_PER_GRANT = 50
"""How many trail entries of a grant's latest vends are read. A vend has two, and one more if its
session is given back. One that issued a session ends the search, and others are rare."""
ENTRIES_PER_MEMBER = 1000
"""How many are read of a member with several grants on the page."""


class GrantUse(Value, frozen=True, kw_only=True):
    """The last use of a grant."""

    last_used_at: datetime | None
    """None if there was none since `searched_from`."""
    searched_from: datetime


class VendSearch(Value, frozen=True):
    """The entries of the latest vends, and the time from which Daypass searched."""

    entries: tuple[Entry, ...]
    searched_from: datetime

    @classmethod
    def from_page(cls, page: Page[Entry], query: TrailQuery) -> VendSearch:
        """Return the result of the query's first page. A cursor begins with the time at which the
        query stopped."""
        stopped_at = page.cursor.partition("#")[0]
        searched_from = datetime.fromisoformat(stopped_at) if stopped_at else query.since
        return cls(page.items, searched_from)

    def find_use(self, grant: Grant) -> GrantUse:
        """Return the grant's last use among these vends."""
        last_used_at = find_last_use(
            entry for entry in self.entries if (entry.engagement, find_user(entry)) == grant.key
        )
        return GrantUse(last_used_at=last_used_at, searched_from=self.searched_from)


class ReviewedGrant(Value, frozen=True, kw_only=True):
    """A grant after a decision about it."""

    grant: Grant
    revocation: Revocation | None
    """The sessions that may outlive the grant. None if the member keeps the grant."""


def list_reviews(ports: Ports, *, limit: int, cursor: str = "") -> Page[GrantReview]:
    """Return a page of the current and upcoming grants of the engagements that are not over, by
    engagement and member, each with its last use.

    A page has 25 grants at most, and may be empty even if more follow.
    """
    selected, next_cursor = _find_grants(ports, min(limit, MAX_GRANTS_PER_PAGE), cursor)
    now = ports.now()
    engagements: dict[str, list[str]] = defaultdict(list)
    for engagement, grant in selected:
        engagements[grant.member].append(engagement.id)
    calls = [partial(_search_vends, ports, member, ids, now) for member, ids in engagements.items()]
    searches = dict(zip(engagements, ports.side_by_side(calls), strict=True))
    keys = [(engagement.id, grant.member) for engagement, grant in selected]
    emergencies = ports.state.get_many(EmergencyRecord, keys)
    locks = ports.state.get_many(EmergencyLock, [(name,) for name in engagements]) if keys else {}
    reviews = (
        build_review(
            engagement,
            grant,
            searches[grant.member].find_use(grant),
            emergencies.get(grant.key),
            locks.get((grant.member,)),
            now,
        )
        for engagement, grant in selected
    )
    return Page(tuple(reviews), next_cursor)


def decide_review(
    ports: Ports, lead: Caller, engagement: str, member: str, request: ReviewGrant
) -> ReviewedGrant:
    """Record the lead's decision about the grant on the trail and on the grant. If the decision is
    `end`, then revoke the grant.

    Raise AccessDenied for the lead's own grant. Raise Conflict if the grant has ended, or has
    changed since the review listed it. A grant that is revoked already can be ended again: that
    returns its sessions.
    """
    grant = find_grant(ports, engagement, member)
    if grant.member == lead.member.id:
        operation = Operation(
            action=Action.GRANT_REVIEW,
            outcome=Outcome.REFUSED,
            reason=Reason.OWN_GRANT,
            engagement=engagement,
        )
        record(ports, lead, operation)
        raise AccessDenied(Reason.OWN_GRANT)
    ends = request.decision is Decision.END
    if not (ends and grant.revoked_at is not None):
        grant = _record_decision(ports, lead, grant, request)
    if not ends:
        return ReviewedGrant(grant=grant, revocation=None)
    revocation = revoke_grant(ports, lead, engagement, member, why=request.why)
    return ReviewedGrant(grant=find_grant(ports, engagement, member), revocation=revocation)


def _record_decision(ports: Ports, lead: Caller, grant: Grant, request: ReviewGrant) -> Grant:
    """Record the decision, and return the grant with it. Raise Conflict if the grant has ended, or
    has changed since the lead saw it."""
    now = ports.now()
    if not grant.is_current_or_upcoming(now):
        raise Conflict(
            Reason.ALREADY_ENDED, "This grant has ended or was revoked, so nothing was changed."
        )
    if request.version not in (None, grant.version):
        raise Conflict(Reason.CHANGED_MEANWHILE)
    reviewed = next_version(grant, reviewed_at=now, reviewed_by=lead.member.id)
    details = {"decision": request.decision.value, "said": request.why}
    write(ports, lead, Action.GRANT_REVIEW, (grant, reviewed), details=details)
    return reviewed


def _find_grants(
    ports: Ports, limit: int, cursor: str
) -> tuple[list[tuple[Engagement, Grant]], str]:
    """Return up to `limit` grants after the cursor, each with its engagement, and the cursor of the
    next page. Return fewer after the most reads for one page.

    A cursor is an engagement's ID: all its grants have been read. Or it is an engagement's ID, a
    colon and a member's ID: the engagement's grants up to this member have been read.
    """
    now = ports.now()
    first_id, _, last_member = cursor.partition(":")
    unfinished = ports.state.get(Engagement, first_id) if last_member else None
    after = last_member if unfinished else ""
    page = ports.state.list(Engagement, limit=ITEMS_PER_READ, cursor=first_id)
    selected: list[tuple[Engagement, Grant]] = []
    read_count = 0
    for engagement in filter(None, (unfinished, *page.items)):
        while not engagement.is_over(now):
            if read_count == MAX_READS_PER_PAGE:
                return selected, cursor
            read_count += 1
            grants = ports.state.list(
                Grant, engagement=engagement.id, limit=ITEMS_PER_READ, cursor=after
            )
            for grant in grants.items:
                if grant.is_current_or_upcoming(now):
                    if len(selected) == limit:
                        return selected, f"{selected[-1][0].id}:{selected[-1][1].member}"
                    selected.append((engagement, grant))
            after = grants.cursor
            if not after:
                break
            cursor = f"{engagement.id}:{after}"
        cursor, after = engagement.id, ""
    return selected, page.cursor


def _search_vends(
    ports: Ports, member: str, engagements: Sequence[str], now: datetime
) -> VendSearch:
    """Return the member's latest vends in these engagements, from one query.

    One query also finds the vends of a member with several grants on the page, because many queries
    of one member's vends at once could exceed DynamoDB's limit for a partition.
    """
    is_single = len(engagements) == 1
    query = TrailQuery(
        since=now - REVIEW_PERIOD,
        until=now + MAX_CLOCK_LEAD,
        engagement=engagements[0] if is_single else "",
        member=member,
        vends_only=True,
        limit=ENTRIES_PER_GRANT if is_single else ENTRIES_PER_MEMBER,
    )
    return VendSearch.from_page(ports.trail.page(query), query)


def build_review(
    engagement: Engagement,
    grant: Grant,
    use: GrantUse,
    emergencies: EmergencyRecord | None,
    lock: EmergencyLock | None,
    now: datetime,
) -> GrantReview:
    """Return the grant with its last use, its emergencies and the proposed decision."""
    unused_days = count_unused_days(grant, use.last_used_at, use.searched_from, now)
    return GrantReview(
        engagement=engagement.id,
        client=engagement.client,
        member=grant.member,
        roles=grant.roles,
        on_request=grant.on_request,
        emergency=grant.emergency,
        emergencies=0 if emergencies is None else emergencies.count,
        last_emergency_at=None if emergencies is None else emergencies.last_at,
        unreviewed_emergency=None if lock is None else lock.request,
        ends_at=grant.ends_at,
        last_used_at=use.last_used_at,
        searched_from=use.searched_from,
        unused_days=unused_days,
        proposal=propose_decision(unused_days),
        reviewed_at=grant.reviewed_at,
        reviewed_by=grant.reviewed_by,
        version=grant.version,
    )
