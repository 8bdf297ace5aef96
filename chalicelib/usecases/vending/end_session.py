"""End one session: its member gives it back, or a lead revokes it.

AWS cannot revoke credentials that it has issued. Daypass records the end on the trail, and may
request a cut-off of exactly this session in the client's account. If the session is still being
issued, Daypass withholds it. Both ends are recorded once, each under a key of its own, so that a
member cannot forestall a lead's revocation by giving the session back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import islice

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.errors import Conflict, NotFound, Reason
from chalicelib.domain.moments import CLOCK_MARGIN, round_up_to_second
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action, Entry, Operation, Outcome, TrailQuery
from chalicelib.domain.vending.cut_off.cut_offs import MAX_CUT_OFFS, RoleCutOffs
from chalicelib.domain.vending.cut_off.scope import CutOffScope
from chalicelib.domain.vending.sessions import Revocation, SessionEnd, find_alive_sessions
from chalicelib.domain.vending.vends import Vend, build_outcome_entry, group_by_vend
from chalicelib.usecases.admission import Target, build_refusal
from chalicelib.usecases.lists import iterate_trail
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import (
    build_entry,
    reauthenticate,
    record,
    retry_on_conflict,
)
from chalicelib.usecases.vending.cut_offs.request import request_cut_offs
from chalicelib.usecases.vending.withholding import LOOK_BACK

WITHHOLD_REASONS = {
    Action.SESSION_END: Reason.SESSION_ENDED,
    Action.SESSION_REVOKE: Reason.SESSION_REVOKED,
}
EXPIRED_LOOK_BACK = timedelta(days=1)
"""For this time, Daypass answers that an expired session has expired. After that, the answer is
that there is no such session."""
MAX_EXPIRED_PAGES = 5
MAX_CUT_OFFS_FOR_GIVING_BACK = MAX_CUT_OFFS // 3
"""A session that is given back requests a cut-off only while its role has fewer."""
_EXPIRED_PAGE_SIZE = 1000


def revoke_session(
    ports: Ports, lead: Caller, member: str, session: str, *, why: str
) -> Revocation:
    """Revoke the member's session, and return it, even if it was revoked before.

    Raise NotFound if the member has no such session, and Conflict if it has expired.
    """
    return _end(ports, lead, member, session, Action.SESSION_REVOKE, why)


def give_back_session(ports: Ports, caller: Caller, session: str) -> Revocation:
    """Record that the caller no longer needs their session, and return the session. Return it even
    if the caller gave it back before. Raise NotFound if the caller has no such session, and
    Conflict if it has expired."""
    return _end(ports, caller, caller.member.id, session, Action.SESSION_END, "")


def _end(
    ports: Ports, by: Caller, member: str, session: str, action: Action, why: str
) -> Revocation:
    """End the session by this action: withhold its vend if that is in progress, record the end, and
    request a cut-off, if there is to be one. Return the revocation."""

    def attempt(by: Caller) -> Revocation:
        vend = _find_vend(ports, member, session)
        if vend.find_end(action) is None and reauthenticate(ports, by) is None:
            raise Conflict(Reason.CHANGED_MEANWHILE)
        if vend.outcome is None:
            vend = replace(vend, outcome=_withhold(ports, by, vend.intent, action))
            _require_alive(ports, vend)  # the vend may have failed or expired since `_find_vend`
        end = vend.find_end(action) or _record_end(ports, by, vend.intent, action, why)
        now = ports.now()
        sessions = find_alive_sessions([*vend.entries, end], now)
        result_type = SessionEnd if action is Action.SESSION_END else Revocation
        revocation = result_type.from_sessions(
            sessions, revoked_at=end.at, cut_off_at=round_up_to_second(now) + CLOCK_MARGIN
        )
        is_cut_off = action is Action.SESSION_REVOKE or _is_cut_off_when_given_back(ports, vend)
        scope = CutOffScope.SESSIONS if is_cut_off else None
        return request_cut_offs(ports, by, revocation, sessions, scope, requested_by=by.actor)

    try:
        return retry_on_conflict(ports, by, attempt)
    except NotFound as error:  # it may be another member's session
        target = Target(member=member, details={"session": session})
        record(ports, by, build_refusal(action, error.reason, target))
        raise


def _is_cut_off_when_given_back(ports: Ports, vend: Vend) -> bool:
    """Return whether giving the session back also requests a cut-off.

    No one suspects a session that its member gives back, so a person at the client should not have
    to act. Only the brake, a permissions boundary that Daypass writes, ends one session without
    them. A role with many cut-offs also gets no other one, unless a cut-off already covers this
    session: with too many, wider cut-offs replace them, which also end sessions in use.
    """
    engagement = ports.state.get(Engagement, vend.intent.engagement)
    if engagement is None or engagement.cut_off is not CutOffMethod.BRAKE:
        return False
    stored = ports.state.get(RoleCutOffs, vend.intent.engagement, vend.intent.role)
    if stored is None or len(stored.cut_offs) < MAX_CUT_OFFS_FOR_GIVING_BACK:
        return True
    name = vend.intent.details["session_name"]
    return any(name in cut_off.sessions for cut_off in stored.cut_offs)


def _find_vend(ports: Ports, member: str, session: str) -> Vend:
    """Return the vend of the member's session. Raise NotFound if the member has no such session,
    and Conflict if it has expired."""
    # The session of a vend that began before LOOK_BACK has expired.
    since = ports.now() - LOOK_BACK
    vend = _find_in(ports.trail.vends(member, since), session)
    if vend is None:
        if _had_session_lately(ports, member, session):
            raise Conflict(Reason.SESSION_EXPIRED)
        raise NotFound(Reason.NO_SUCH_SESSION)
    _require_alive(ports, vend)
    return vend


def _require_alive(ports: Ports, vend: Vend) -> None:
    """Raise NotFound if AWS issued no session in this vend, and Conflict if it has expired."""
    if vend.outcome is not None and vend.outcome.outcome is Outcome.FAILED:
        raise NotFound(Reason.NO_SUCH_SESSION)
    if not find_alive_sessions(vend.entries, ports.now()):
        raise Conflict(Reason.SESSION_EXPIRED)


def _find_in(entries: Iterable[Entry], session: str) -> Vend | None:
    """Return the vend of this session from the entries, or None."""
    vends = group_by_vend(entry for entry in entries if entry.vend == session)
    return vends[0] if vends else None


def _had_session_lately(ports: Ports, member: str, session: str) -> bool:
    """Return whether the member had this session in the last day. Read only a few pages of the
    trail."""
    now = ports.now()
    query = TrailQuery(
        since=now - EXPIRED_LOOK_BACK,
        until=now,
        member=member,
        vends_only=True,
        limit=_EXPIRED_PAGE_SIZE,
    )
    for page in islice(iterate_trail(ports.trail, query), MAX_EXPIRED_PAGES):
        vend = _find_in(page.items, session)
        if vend is not None:
            # Without an outcome, AWS may have issued the session.
            return vend.outcome is None or vend.outcome.outcome is not Outcome.FAILED
    return False


def _withhold(ports: Ports, by: Caller, intent: Entry, action: Action) -> Entry:
    """Withhold the vend, unless it has an outcome by now. Return the outcome on the trail."""
    withheld = build_outcome_entry(
        intent,
        Outcome.WITHHELD,
        at=ports.now(),
        reason=WITHHOLD_REASONS[action],
        details={"closed_by": by.actor},
    )
    return ports.trail.put_outcome(intent, withheld)


def _record_end(ports: Ports, by: Caller, intent: Entry, action: Action, why: str) -> Entry:
    """Record the end of the session, unless the trail has one by this action. Return the end on the
    trail."""
    operation = Operation(
        action=action,
        engagement=intent.engagement,
        role=intent.role,
        subject=intent.actor,
        details={"session_name": intent.details["session_name"], "said": why},
    )
    end = replace(build_entry(ports, by, operation), vend=intent.vend)
    recorded = ports.trail.put_end(intent, end)
    if recorded is end:  # the trail had no end by this action
        ports.announce(end)
    return recorded
