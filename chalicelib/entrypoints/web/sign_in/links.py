"""The route that creates a link to sign in to the web console, as `daypass web` does."""

from __future__ import annotations

from chalicelib.domain.moments import Moment
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import ShownOnce, Value
from chalicelib.entrypoints.http.routing import everyone
from chalicelib.usecases.people.sign_in import create_web_link
from chalicelib.usecases.ports import Ports


class NewSignInLink(Value):
    """A new link that signs you in to the web console."""

    url: ShownOnce[str]
    """The link's URL, to open in your own browser. Only this response contains it. It works
    once."""
    expires_at: Moment
    """When the link stops working: a minute after it was created."""


@everyone.post("/v1/me/web-links", Action.WEB_LINK_CREATE, status=201)
def create_link(ports: Ports, caller: Caller, api_url: str) -> NewSignInLink:
    """Create a link that signs you in to the web console, once and within a minute"""
    new = create_web_link(ports, caller)
    url = f"{api_url}/web/sign-in/{new.text}"
    return NewSignInLink(url=url, expires_at=new.link.expires_at)
