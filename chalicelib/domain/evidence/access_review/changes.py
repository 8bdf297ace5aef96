"""The entries of the trail that gave access or took it away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chalicelib.domain.evidence.access_review.files import CHANGES, Line, ReviewPeriod, build_line
from chalicelib.domain.evidence.sentences import describe_entry
from chalicelib.domain.trail import Action, Entry

ACCESS_CHANGES = frozenset(
    {
        Action.GRANT_CREATE,
        Action.GRANT_CHANGE,
        Action.GRANT_REVOKE,
        Action.ENGAGEMENT_CLOSE,
        Action.ENGAGEMENT_REVOKE,
        Action.ENGAGEMENT_REOPEN,
        Action.ENGAGEMENT_RENEW,
        Action.MEMBER_REVOKE,
        Action.MEMBER_LEAVE,
        Action.MEMBER_REINSTATE,
        Action.LEAD_RECOVER,
        Action.ROLE_END,
        Action.REQUEST_APPROVE,
        Action.REQUEST_REVOKE,
        Action.EMERGENCY_BEGIN,
        Action.CLIENT_APPROVAL_REQUIRE,
        Action.CLIENT_APPROVAL_LIFT,
        Action.PAUSE_BEGIN,
        Action.PAUSE_LIFT,
        Action.FREEZE_BEGIN,
        Action.FREEZE_LIFT,
    }
)
"""The actions that give access or take it away, by themselves or together with others."""
_IN_REVIEWS = ACCESS_CHANGES | {
    Action.CLIENT_REVOKE,
    Action.ENGAGEMENT_CHANGE,
    Action.ENGAGEMENT_CREATE,
    Action.ENGAGEMENT_IMPORT,
    Action.MEMBER_CHANGE,
    Action.MEMBER_CREATE,
    Action.ROLE_CREATE,
}
"""Also what had to be there before a grant, and names."""
_OF_MEMBERS = ("emergency.", "grant.", "member.", "request.")
"""The actions about a member: about their actor, if an entry names no other."""


def list_changes(entries: Iterable[Entry], period: ReviewPeriod) -> Iterator[Line]:
    """Yield the entries of the period that gave access or took it away."""
    for entry in entries:
        if entry.action in _IN_REVIEWS and period.includes(entry.at):
            is_own = entry.action.startswith(_OF_MEMBERS) and not entry.actor.startswith("@")
            member = entry.subject or (entry.actor if is_own else "")
            sentence = describe_entry(entry).text
            yield build_line(
                CHANGES,
                entry.at,
                entry.actor,
                entry.action,
                entry.engagement,
                member,
                sentence,
                entry.id,
            )
