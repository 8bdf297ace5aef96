"""A scene in which alice asks for acme-prod's role, and jo at the client decides on her page."""

from typing import Any

from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import CreateAccessRequest
from chalicelib.usecases.requests.ask import create_request
from chalicelib.usecases.requests.client.page import ApproverPage, PageRequest, build_approver_page
from tests.builders import (
    APPROVER_TEXT,
    Scene,
    a_grant,
    a_grant_on_request,
    a_scene,
    an_approver_link,
    decide_at_client,
)
from tests.usecases.requests.client.scene import an_approver

PHONE = "198.51.100.7"
OTHER_TEXT = "e2345672" * 6 + "patp"


class ApprovalScene(Scene, frozen=True):
    def request(self, member: str = "alice", **changes: Any) -> str:
        """Have the member request access, and return the request's ID."""
        self.later(minutes=1)
        fields = {"role": "readonly", "reason": "the nightly import failed"}
        span = {} if "ends_at" in changes else {"duration": 7200}
        sent = CreateAccessRequest(**(fields | span | changes))
        return self.do(create_request, "acme-prod", sent, by=member).id

    def approve(self, request: str, text: str = APPROVER_TEXT, **changes: Any) -> None:
        self.later(minutes=1)
        decide_at_client(self.ports, text, request, address=PHONE, **changes)

    def deny(self, request: str, text: str = APPROVER_TEXT, why: str = "not now") -> None:
        self.later(minutes=1)
        decide_at_client(self.ports, text, request, "deny", address=PHONE, words=why)

    def page(self, text: str = APPROVER_TEXT) -> ApproverPage:
        return build_approver_page(self.ports, text)

    def on_page(self, request: str) -> PageRequest:
        """Return the request as the page shows it."""
        page = self.page()
        listed = (*page.pending, *page.decided, *page.emergencies)
        (request_on_page,) = (each for each in listed if each.view.id == request)
        return request_on_page


def an_approval_scene(**policy: Any) -> ApprovalScene:
    """Return the scene, with a link for jo and one for pat."""
    scene = a_scene(
        a_grant_on_request("alice"),
        a_grant("bob", on_request=frozenset({"readonly"})),
        an_approver(),
        an_approver("pat"),
        an_approver_link(),
        an_approver_link(OTHER_TEXT, approver="pat"),
        ApprovalPolicy(engagement="acme-prod", **({"client": True} | policy)),
    )
    return ApprovalScene(scene.world, scene.ports)
