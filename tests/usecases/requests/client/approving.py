"""A scene in which alice asks for acme-prod's role, and jo at the client decides on her page."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import ApproveRequest, CreateAccessRequest
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.usecases.requests.ask import create_request
from chalicelib.usecases.requests.client.deciding import approve_on_page, deny_on_page
from chalicelib.usecases.requests.client.page import (
    ApproverPage,
    PageRequest,
    build_approver_page,
)
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    APPROVER_TEXT,
    Scene,
    a_grant,
    a_grant_on_request,
    a_scene,
    an_approver_link,
)
from tests.usecases.requests.client.scene import an_approver

PHONE = "198.51.100.7"
OTHER_TEXT = "e2345672" * 6 + "patp"


class ApprovalScene:
    """The scene, with a link for jo and one for pat."""

    def __init__(self, **policy: Any) -> None:
        self.scene: Scene = a_scene()
        self.world, self.ports = self.scene.world, self.scene.ports
        on_request = frozenset({"readonly"})
        self.world.add(
            a_grant_on_request("alice"),
            a_grant("bob", on_request=on_request),
            an_approver(),
            an_approver("pat"),
            an_approver_link(),
            an_approver_link(OTHER_TEXT, approver="pat"),
            ApprovalPolicy(engagement="acme-prod", **({"client": True} | policy)),
        )

    def request(self, member: str = "alice", **changes: Any) -> str:
        """Have the member request access, and return the request's ID."""
        self.world.later(minutes=1)
        fields = {"role": "readonly", "reason": "the nightly import failed"}
        span = {} if "ends_at" in changes else {"duration": 7200}
        sent = CreateAccessRequest(**(fields | span | changes))
        return create_request(self.ports, self.scene.caller(member), "acme-prod", sent).id

    def approve(self, request: str, text: str = APPROVER_TEXT, **changes: Any) -> None:
        self.world.later(minutes=1)
        approve_on_page(self.ports, text, request, ApproveRequest(**changes), address=PHONE)

    def deny(self, request: str, text: str = APPROVER_TEXT, why: str = "not now") -> None:
        self.world.later(minutes=1)
        deny_on_page(self.ports, text, request, why=why, address=PHONE)

    def page(self, text: str = APPROVER_TEXT) -> ApproverPage:
        return build_approver_page(self.ports, text)

    def on_page(self, request: str) -> PageRequest:
        """Return the request as the page shows it."""
        page = self.page()
        listed = (*page.pending, *page.decided, *page.emergencies)
        (request_on_page,) = (each for each in listed if each.view.id == request)
        return request_on_page

    def vend(self, member: str = "alice") -> VendedSession:
        """Have the member request a session."""
        session = SessionRequest(role="readonly")
        return vend(self.ports, self.scene.origin(member), "acme-prod", session)
