"""What the leads are told without having asked."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from chalicelib.domain.things import Thing


class News(StrEnum):
    """What has happened."""

    ROLE_DRIFTED = "role-drifted"
    """A role that was proven is not any more. Nothing is vended from it now, unless overridden."""
    ROLE_UNCHECKED = "role-unchecked"
    """A role or a whole engagement could not be checked; what was known of it stands."""
    STILL_LET_IN = "still-let-in"
    """The engagement is over, and the client's roles still let us in."""
    ENGAGEMENT_LEFT = "engagement-left"
    """The engagement is over, and every role of the client's refuses us."""
    LEAD_MADE = "lead-made"
    """There is another lead: a new member, or one of another kind until then."""
    LEAD_ENDED = "lead-ended"
    """A lead has been suspended or made something else, or another lead has revoked their token."""
    AUDITOR_MADE = "auditor-made"
    """There is another auditor, who reads all of the trail."""
    FURTHER_TOKEN = "further-token"
    """A lead, or somebody who had a token that works, has got one with a code."""
    FIRST_TOKEN = "first-token"
    """A member who had no token that works has got one with a code."""
    LEAD_RECOVERED = "lead-recovered"
    """The operator has let a lead back in."""
    MEMBER_REINSTATED = "member-reinstated"
    """A suspended member has been let back in."""
    GRANT_TO_ONESELF = "grant-to-oneself"
    """A lead has let themself into an engagement, or further or longer into it."""
    ROLE_OVERRIDDEN = "role-overridden"
    """A role that is not proven safe is vended from, on a lead's word."""
    ROLE_WIDENED = "role-widened"
    """A role allows chaining from now on, asks for no reason any more, or names another ARN."""
    EXTERNAL_ID_IMPORTED = "external-id-imported"
    """An engagement was imported with an external ID that somebody else has chosen."""
    EVERYTHING_ASKED = "everything-asked"
    """A client is asked for a role that may do everything."""
    ENGAGEMENT_REOPENED = "engagement-reopened"
    """An engagement that was over is not any more."""
    MANY_SESSIONS = "many-sessions"
    """A member has more sessions alive than one person works with."""
    CODE_USED_TWICE = "code-used-twice"
    """Somebody has shown an enrolment code that had been used: one of the two may be a thief."""


class Event(Thing, frozen=True, kw_only=True):
    """News, with a sentence for people."""

    news: News
    engagement: str = ""
    role: str = ""
    member: str = ""
    at: datetime
    says: str
