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
"""The actions in an access review: also those that a grant depends on, and changes of names."""
_OF_MEMBERS = ("emergency.", "grant.", "member.", "request.")
"""The beginnings of the actions about a member. An entry without a subject is about its actor."""


def list_changes(entries: Iterable[Entry], period: ReviewPeriod) -> Iterator[Line]:
    """Yield the entries of the period that gave access or took it away."""
    for entry in entries:
        if entry.action in _IN_REVIEWS and period.includes(entry.at):
            # Without a subject, an entry about a member is about its actor. An actor that begins
            # with @, such as `@client`, is not a member.
            about_actor = entry.action.startswith(_OF_MEMBERS) and not entry.actor.startswith("@")
            cells = {
                "At": entry.at,
                "By": entry.actor,
                "Action": entry.action,
                "Engagement": entry.engagement,
                "Member": entry.subject or (entry.actor if about_actor else ""),
                "Change": describe_entry(entry).text,
                "Entry": entry.id,
            }
            yield build_line(CHANGES, cells)
