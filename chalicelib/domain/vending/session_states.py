"""Say of each session what Daypass knows: live, cut off, given back and so on. Every list and every
count of sessions uses this, in the API, the web console and Slack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import field

from chalicelib.domain.moments import utc_text
from chalicelib.domain.values import Inline, Internal, Value, shown_property
from chalicelib.domain.vending.cut_off.cut_offs import CutOff, CutOffStatus, RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import find_shut_role
from chalicelib.domain.vending.sessions import Session, SessionStatus


class SessionGroup(StrEnum):
    """The states of sessions, as words after a number, in the order in which they are counted."""

    LIVE = "live"
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    WRITTEN = "with a written cut-off"
    CUT_OFF = "cut off"
    SHUT = "of a shut role"
    WITHHELD = "withheld"
    GIVEN_BACK = "given back"


_BY_STATUS = {
    SessionStatus.LIVE: (SessionGroup.LIVE, "live", ""),
    SessionStatus.UNKNOWN: (SessionGroup.UNKNOWN, "unknown", "AWS may have issued it"),
    SessionStatus.WITHHELD: (SessionGroup.WITHHELD, "withheld", "not handed over"),
    SessionStatus.GIVEN_BACK: (SessionGroup.GIVEN_BACK, "given back", "a copy may still work"),
    SessionStatus.REVOKED: (SessionGroup.REVOKED, "revoked", "it may work until it expires"),
}
_TONES = {
    SessionGroup.LIVE: "good",
    SessionGroup.UNKNOWN: "wait",
    SessionGroup.REVOKED: "bad",
    SessionGroup.WRITTEN: "wait",
}
_MAY_WORK = frozenset(
    {SessionGroup.LIVE, SessionGroup.UNKNOWN, SessionGroup.REVOKED, SessionGroup.WRITTEN}
)


class ListedSession(Value):
    """A session that has not expired, and what Daypass knows about its end."""

    session: Inline[Session] = field(name="of")
    name: str
    """The member's name."""
    client: str
    """The client's name."""
    state: Internal[SessionState]

    @property
    def target(self) -> str:
        return f"{self.session.engagement}/{self.session.role}"

    @shown_property
    def is_cut_off(self) -> bool:
        """True if the session has ended before its time, as far as Daypass knows: AWS refused a
        session of Daypass's own because of the same cut-off, or Daypass shut the role."""
        return self.state.is_cut_off

    @shown_property
    def note(self) -> str:
        """The state in words, with more detail than the status. Empty for a session that is simply
        live."""
        return self.state.note


class SessionState(Value):
    """The state of a session that has not expired, as far as Daypass knows."""

    group: SessionGroup
    label: str
    """The state in a word or two."""
    detail: str
    """More than the label says, without a full stop. Empty if nothing."""
    may_revoke: bool
    """True if a revocation of this one session may change something."""
    may_give_back: bool
    """True if the member may still be using it."""

    @property
    def is_cut_off(self) -> bool:
        """Return whether the session has ended before its time, as far as Daypass knows."""
        return self.group in (SessionGroup.CUT_OFF, SessionGroup.SHUT)

    @property
    def note(self) -> str:
        """Return the state in words. Empty for a session that is simply live."""
        is_live = self.group is SessionGroup.LIVE
        return ": ".join(filter(None, ("" if is_live else self.label, self.detail)))

    @property
    def tone(self) -> str:
        return _TONES.get(self.group, "plain")

    @property
    def has_time_left(self) -> bool:
        """Return whether the session may be in use until it expires, as far as Daypass knows."""
        return self.group in _MAY_WORK


def describe_sessions(
    sessions: Iterable[Session], stored: Iterable[RoleCutOffs]
) -> dict[str, SessionState]:
    """Return the state of each session by its ID. `stored` are the cut-offs of their roles, as far
    as they could be read."""
    of_roles = {item.key: item for item in stored}
    return {
        each.vend: describe_session(each, of_roles.get((each.engagement, each.role)))
        for each in sessions
    }


def describe_session(session: Session, stored: RoleCutOffs | None) -> SessionState:
    """Return the state of the session. A cut-off overrides the session's status, because it shows
    what AWS did: Daypass requests the cut-off, AWS accepts the policy (it is written), and then AWS
    refuses a session of Daypass's own because of the policy (it is seen). A role that Daypass shut
    with AWSDenyAll says more than a cut-off that is only written, and less than a seen one."""
    group, label, detail = _BY_STATUS[session.status]
    cut_off = _find_cut_off(session, stored)
    shut = find_shut_role(stored, session.role_arn)
    shut_at = None if shut is None else shut.shut_at
    if cut_off is not None and cut_off.seen_at is not None:
        group, label = SessionGroup.CUT_OFF, "cut off"
        detail = f"AWS denied Daypass’s test session at {_clock(cut_off.seen_at)}"
    elif shut_at is not None and _is_ended_by_deny_all(session, stored, shut_at):
        group, label = SessionGroup.SHUT, "role shut"
        detail = f"AWS accepted AWSDenyAll on {utc_text(shut_at)}"
    elif cut_off is not None and cut_off.written_at is not None:
        group, label = SessionGroup.WRITTEN, "cut-off written"
        detail = f"accepted by AWS at {_clock(cut_off.written_at)}, but not seen working yet"
    elif cut_off is not None:
        detail = ", ".join(filter(None, (detail, "its cut-off has not been written yet")))
    may_work = group in _MAY_WORK
    # If AWSDenyAll is still attached, this session does not work either.
    if may_work and shut_at is not None:
        was_shut = f"AWSDenyAll was attached on {utc_text(shut_at)}, but may be detached now"
        detail = ". ".join(filter(None, (detail, was_shut)))
    member_may_hold_it = session.status in (SessionStatus.LIVE, SessionStatus.UNKNOWN)
    return SessionState(
        group=group,
        label=label,
        detail=detail,
        may_revoke=group not in (SessionGroup.CUT_OFF, SessionGroup.SHUT)
        and session.status is not SessionStatus.REVOKED,
        may_give_back=may_work and member_may_hold_it,
    )


def _is_ended_by_deny_all(session: Session, stored: RoleCutOffs | None, shut_at: datetime) -> bool:
    """Return whether the shut role ended the session, as far as Daypass knows.

    The client can reopen the role at any time, and Daypass learns that from its next check. So that
    shows nothing about a session that began later, or that outlives the cut-offs for which Daypass
    shut the role.
    """
    has_cut_off = stored is not None and bool(stored.cut_offs)
    return session.began_at <= shut_at and has_cut_off


def ends_session(item: RoleCutOffs, cut_off: CutOff, session: Session) -> bool:
    """Return whether the cut-off is for this session."""
    if (item.engagement, item.role) != (session.engagement, session.role):
        return False
    if cut_off.sessions:
        return session.session_name in cut_off.sessions
    is_own = cut_off.member in ("", session.member)
    is_role = (cut_off.role_arn or item.role_arn) == session.role_arn
    return is_own and is_role and session.began_at <= cut_off.issued_until


_PROGRESS = (CutOffStatus.REQUESTED, CutOffStatus.WRITTEN, CutOffStatus.SEEN)


def _find_cut_off(session: Session, stored: RoleCutOffs | None) -> CutOff | None:
    """Return the cut-off of the session about which Daypass knows most, or None."""
    if stored is None:
        return None
    own = [each for each in stored.cut_offs if ends_session(stored, each, session)]
    own = [each for each in own if each.status in _PROGRESS]
    return max(own, key=lambda each: _PROGRESS.index(each.status), default=None)


class SessionCount(Value):
    """The number of sessions by state, in words."""

    live: int
    others: str
    """The other states with their numbers, such as `1 cut off, 2 given back`. Empty if
    there are none."""

    @property
    def text(self) -> str:
        return ", ".join(filter(None, (f"{self.live} live", self.others)))


def count_sessions(states: Iterable[SessionState]) -> SessionCount:
    """Count the sessions by state."""
    numbers = Counter(state.group for state in states)
    others = [
        f"{numbers[group]} {group.value}"
        for group in SessionGroup
        if group is not SessionGroup.LIVE and numbers[group]
    ]
    return SessionCount(live=numbers[SessionGroup.LIVE], others=", ".join(others))


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M} UTC"
