"""Create, change, review and revoke grants. A grant lets a member use roles of an engagement.

A vend is one attempt to issue a session to a member. After a change, `withhold_vends` stops the
vends in progress that the change no longer allows.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeGrant, CreateGrant, Grant
from chalicelib.domain.engagements.reviews import Decision, ReviewGrant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import (
    AccessDenied,
    Conflict,
    InvalidRequest,
    NotFound,
    Reason,
    bad_value,
)
from chalicelib.domain.people.members import Caller, Kind
from chalicelib.domain.stops import in_place_of
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.values import Value, change_item, new_item, next_version, sent_fields
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.engagements import check_dates, find_engagement
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, check_version, record, write
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke
from chalicelib.usecases.vending.withholding import withhold_vends

MAX_GRANTS = 500
"""The most current and upcoming grants of one engagement. The revocation of an engagement reads the
issued sessions of each member with a grant, and should answer within two seconds."""


class ReviewedGrant(Value):
    """A grant after a decision about it."""

    grant: Grant
    revocation: Revocation | None
    """The sessions that may outlive the grant. None if the member keeps the grant."""


def find_grant(ports: Ports, engagement: str, member: str) -> Grant:
    """Return the member's grant for the engagement, or raise NotFound."""
    find_engagement(ports, engagement)
    stored = ports.state.get(Grant, engagement, member)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_GRANT)
    return stored


def check_grant_limit(ports: Ports, engagement: str, *, new_count: int = 1) -> None:
    """Raise Conflict if this number of new grants would give the engagement more than MAX_GRANTS
    current and upcoming grants."""
    now = ports.now()
    count = sum(
        grant.is_current_or_upcoming(now)
        for grant in ports.state.find_grants_since(engagement, now)
    )
    if count + new_count > MAX_GRANTS:
        raise Conflict(Reason.TOO_MANY_GRANTS)


def create_grant(ports: Ports, lead: Caller, engagement: str, request: CreateGrant) -> Grant:
    """Create a grant, and return it. By default the grant starts now and ends with the engagement.

    If the member already has a grant with the same fields, return it, so that a retry creates
    nothing. Raise Conflict if the member has
    another current or upcoming grant for the engagement, or if the engagement has MAX_GRANTS such
    grants. Raise InvalidRequest if the member is an auditor.
    """
    current = find_engagement(ports, engagement)
    member = find_member(ports, request.member)
    if member.kind is Kind.AUDITOR:
        raise InvalidRequest(Reason.AUDITOR_CANNOT_ENTER, field="member")
    now = ports.now()
    starts_at, ends_at = request.starts_at or now, request.ends_at or current.ends_at
    check_dates(starts_at, ends_at, now)
    earlier = ports.state.get(Grant, engagement, member.id)
    if earlier is not None and earlier.is_current_or_upcoming(now):
        fields = sent_fields(request) | {"ends_at": ends_at}
        is_same = all(getattr(earlier, name) == value for name, value in fields.items())
        # In a retry without `starts_at`, the start is now, so the grant that the first attempt
        # stored may have begun earlier. Accept that.
        if not is_same or earlier.starts_at > starts_at:
            raise Conflict(Reason.ALREADY_EXISTS, field="member")
        # That attempt may have stored the grant, and failed before it stopped the sessions that
        # were being issued by the old values.
        withhold_vends(ports, lead, earlier)
        return earlier
    check_grant_limit(ports, engagement)
    grant = new_item(
        Grant,
        request,
        engagement=engagement,
        starts_at=starts_at,
        ends_at=ends_at,
        granted_by=lead.member.id,
        created_at=now,
        # Count each role of the ended grant as taken away once more. Then access that was approved
        # under that grant does not become valid again (see `list_stops`).
        removals={} if earlier is None else earlier.count_removals(earlier.roles),
        # The next version, for which a revocation of the ended grant does not count.
        **in_place_of(earlier),
    )
    _check_conditions(grant)
    _require_roles(ports, grant)
    write(ports, lead, Action.GRANT_CREATE, (None, grant), preconditions=[current, member])
    # A vend may be in progress under the ended grant. The new grant must not let it go on.
    if earlier is not None:
        withhold_vends(ports, lead, grant)
    return grant


def change_grant(
    ports: Ports,
    lead: Caller,
    engagement: str,
    member: str,
    request: ChangeGrant,
    *,
    is_limit_checked: bool = False,
) -> Grant:
    """Change the grant's roles or dates, and return the grant.

    Raise Conflict for a revoked grant. Also raise Conflict if the grant has ended and the
    engagement has MAX_GRANTS current and upcoming grants already, unless `is_limit_checked` says
    that the caller has checked this limit.
    """
    current = find_grant(ports, engagement, member)
    if current.revoked_at is not None:
        raise Conflict(Reason.ALREADY_ENDED)
    changed = change_item(current, request)
    # Drop conditions of roles that the grant does not include any more, unless the request sets
    # these conditions itself.
    if request.on_request is None:
        changed = replace(changed, on_request=changed.on_request & changed.roles)
    if request.emergency is None:
        changed = replace(changed, emergency=changed.emergency & changed.on_request)
    if changed == current:  # not `is`, because `replace` makes copies
        # An earlier attempt may have stored the change, and failed before it stopped the sessions
        # that were being issued by the old values.
        withhold_vends(ports, lead, current)
        return current
    check_version(current, request.version)
    _check_conditions(changed)
    # Count each removed role, because approved access from before the removal ends with it.
    changed = replace(changed, removals=current.count_removals(current.roles - changed.roles))
    if request.starts_at or request.ends_at:
        check_dates(changed.starts_at, changed.ends_at, ports.now())
    if not is_limit_checked and not current.is_current_or_upcoming(ports.now()):
        check_grant_limit(ports, engagement)
    _require_roles(ports, changed)
    write(ports, lead, Action.GRANT_CHANGE, (current, changed))
    withhold_vends(ports, lead, changed)
    return changed


def revoke_grant(ports: Ports, by: Actor, engagement: str, member: str, *, why: str) -> Revocation:
    """Revoke the grant.

    Return the sessions that may still be active, even if the grant was revoked already.
    """

    return revoke(
        ports,
        by,
        lambda: RevocationOrder(
            find_grant(ports, engagement, member), Action.GRANT_REVOKE, {"said": why}
        ),
    )


def decide_review(
    ports: Ports, lead: Caller, engagement: str, member: str, request: ReviewGrant
) -> ReviewedGrant:
    """Record the lead's decision about the grant on the trail and on the grant. If the decision is
    `end`, then revoke the grant.

    Raise AccessDenied for the lead's own grant. Raise Conflict if the grant has ended, or has
    changed since the review listed it. A grant that is revoked already can be ended again: that
    returns its sessions. The same decision about the same version is recorded once.
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
    # The answer to this decision may have been lost, or the function killed before it revoked the
    # grant. Then nothing has changed the grant since.
    review = f"{request.decision} {request.version}"
    is_same = (grant.reviewed_by, grant.review) == (lead.member.id, review)
    is_recorded = is_same and request.version == grant.version - 1
    if not is_recorded and not (ends and grant.revoked_at is not None):
        grant = _record_decision(ports, lead, grant, request)
    if not ends:
        return ReviewedGrant(grant=grant, revocation=None)
    revocation = revoke_grant(ports, lead, engagement, member, why=request.why)
    return ReviewedGrant(grant=find_grant(ports, engagement, member), revocation=revocation)


def _record_decision(ports: Ports, lead: Caller, grant: Grant, request: ReviewGrant) -> Grant:
    """Put the decision on the trail, and its time and lead on the grant. Return that grant. The
    caller carries the decision out. Raise Conflict if the grant has ended, or has changed since the
    lead saw it."""
    now = ports.now()
    if not grant.is_current_or_upcoming(now):
        raise Conflict(
            Reason.ALREADY_ENDED, "This grant has ended or was revoked, so nothing was changed."
        )
    if request.version not in (None, grant.version):
        raise Conflict(Reason.CHANGED_MEANWHILE)
    review = f"{request.decision} {grant.version}"
    reviewed = next_version(grant, reviewed_at=now, reviewed_by=lead.member.id, review=review)
    details = {"decision": request.decision.value, "said": request.why}
    write(ports, lead, Action.GRANT_REVIEW, (grant, reviewed), details=details)
    return reviewed


def _check_conditions(grant: Grant) -> None:
    """Raise InvalidRequest if `on_request` has a role that is not granted, or `emergency` one that
    is not on request."""
    if not grant.on_request <= grant.roles:
        raise bad_value("on_request", "Each role in on_request must be one of the grant's roles.")
    if not grant.emergency <= grant.on_request:
        raise bad_value("emergency", "Each role in emergency must also be in on_request.")


def _require_roles(ports: Ports, grant: Grant) -> None:
    """Raise NotFound if a granted role does not exist or has ended."""
    for role in grant.roles:
        stored = ports.state.get(Role, grant.engagement, role)
        if stored is None or stored.ended_at is not None:
            raise NotFound(
                Reason.NO_SUCH_ROLE,
                (
                    f"This engagement has no role “{role}”, or that role has ended. Choose another"
                    " role."
                ),
            )
