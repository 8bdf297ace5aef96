"""Define the sign-in of the web console: its one-time links, its sessions in browsers, and the
one-time forms of a session.

A member who has a token creates a link, and opens it in a browser. The link's button starts a
browser session. The browser has the session's secret text in a cookie, and Daypass stores its hash.
A browser session belongs to the token with which the link was created, and ends with it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Annotated

from chalicelib.domain.identifiers import MemberId, Sha256
from chalicelib.domain.moments import Moment
from chalicelib.domain.one_time_secrets import OneTimeSecret, StoredSecret
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.values import RETENTION, Internal, JobState, Secret, build_constraints

LINK_LIFE = timedelta(minutes=1)
LONGEST = timedelta(hours=8)
"""How long a browser session lasts at most."""
LONGEST_IDLE = timedelta(minutes=30)
"""A browser session ends after this time without a stored use."""
RECENT = timedelta(minutes=10)
"""An action that lets someone in needs a sign-in within this time. So an unattended browser, or a
stolen cookie, soon cannot give access to anyone."""
STORE_USE_AFTER = timedelta(minutes=1)
"""The time of the last request is stored once a minute at most, so that few pages wait for a
write."""

FormId = Annotated[
    str,
    build_constraints(
        "the form's ID", pattern=r"^[0-9a-f]{32}$(?!\n)", min_length=32, max_length=32
    ),
]
"""The random ID of a form that works once."""


class WebLink(OneTimeSecret):
    """A link that signs its member in to the web console, once and within a minute."""

    STORED_AS = "web-link"
    KEY_FIELDS = ("hash",)
    TARGET = {"subject": "member", "web_link": "id"}

    member: MemberId
    token: Secret[Sha256]
    """The hash of the token that the link was created with."""
    identity_expires_at: Internal[Moment | None] = None
    """When the identity token that the link was created with expires. None for another token."""
    refused_at: Internal[Moment | None] = None
    """When the link was first tried although it no longer worked. The trail has an entry for that.
    Later tries add none."""

    @property
    def gone_after(self) -> datetime:
        return self.expires_at + RETENTION

    @property
    def presented(self) -> PresentedToken:
        """Return the token that the link stands for."""
        return PresentedToken(self.member, self.token, self.identity_expires_at)


class WebSession(StoredSecret, JobState):
    """A member's session in a browser. `revoked_at` is when the member signed out."""

    STORED_AS = "web-session"
    KEY_FIELDS = ("hash",)
    TARGET = {"subject": "member", "web_session": "id"}

    member: MemberId
    token: Secret[Sha256]
    """The hash of the token that the session belongs to."""
    last_used_at: Internal[Moment]
    """The time of the last request that counted as a use, up to STORE_USE_AFTER late."""
    authenticated_at: Internal[Moment | None] = None
    """When the member last signed in at their identity provider. Without a new sign-in there, a
    browser session does not count as recent. None if they used a link."""

    @property
    def gone_after(self) -> datetime:
        return self.expires_at + RETENTION

    @property
    def presented(self) -> PresentedToken:
        """Return the token that the session stands for."""
        return PresentedToken(self.member, self.token)

    def is_open(self, now: datetime) -> bool:
        """Return whether the session can be used now: it has not expired, was not signed out, and
        was used lately. Its token decides as well."""
        return self.is_valid(now) and now < self.last_used_at + LONGEST_IDLE

    def is_recent(self, now: datetime) -> bool:
        """Return whether the member signed in recently enough for an action that lets someone
        in."""
        return now < min(self.created_at, self.authenticated_at or self.created_at) + RECENT


class UsedForm(JobState):
    """The record that a browser session used a form that works once. It is stored before the form
    has effects, if it is not stored yet, and never changes."""

    STORED_AS = "used-form"
    KEY_FIELDS = ("session", "form")

    session: Secret[Sha256]
    """The hash of the browser session. No other session can use up its forms."""
    form: FormId
    expires_at: Moment
    """When the browser session expires: after that, Daypass refuses the form anyway."""

    @property
    def gone_after(self) -> datetime:
        return self.expires_at + RETENTION


def derive_form_token(cookie: str) -> str:
    """Return the token that every form of this browser session carries. Other sites cannot know it,
    and it does not reveal the cookie's text."""
    return hashlib.sha256(b"form:" + cookie.encode()).hexdigest()


PROVIDER_LIFE = timedelta(minutes=10)
"""How long a person has at their provider's sign-in page."""
