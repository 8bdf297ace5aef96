"""A scene in which alice has `deploy` of acme-prod on request, and a lead or bob approves."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.people.members import Leads
from chalicelib.domain.requests.policies import ApprovalPolicy, Naming
from chalicelib.domain.requests.requests import AccessRequest, new_request_id
from chalicelib.domain.slack.messages import button
from chalicelib.domain.slack.requests import build_approve_button
from tests.builders import BEFORE, a_grant, a_role
from tests.entrypoints.driver import Api
from tests.fakes import NOON

REQUEST = new_request_id("alice", NOON, bytes)
EXAMPLE = "alice.00d9o4r5k3f81c2q"
"""The request in the examples of the commands."""
ASKS = "request acme-prod deploy for 2h because the import fails"


def let_alice_ask(api: Api, **policy: Any) -> None:
    """Store the grant and the policy."""
    namings = (Naming(member="bob", at=BEFORE),)
    rules = {
        "leads": True,
        "leads_set_at": BEFORE,
        "members": frozenset({"bob"}),
        "people": 1,
        "namings": namings,
    } | policy
    api.world.add(
        a_role("deploy"),
        a_grant(
            "alice",
            roles=frozenset({"readonly", "deploy"}),
            on_request=frozenset({"deploy"}),
            emergency=frozenset({"deploy"}),
        ),
        Leads(members=frozenset({"lena", "luis"})),
        ApprovalPolicy(engagement="acme-prod", **rules),
    )


def with_request(api: Api, **changes: Any) -> None:
    """Store alice's request, which waits until one o'clock."""
    fields = {
        "id": REQUEST,
        "member": "alice",
        "engagement": "acme-prod",
        "role": "deploy",
        "duration": 7200,
        "reason": "the import fails",
        "created_at": NOON,
        "expires_at": NOON + timedelta(hours=1),
        "stops": ("", "", "", ""),
    }
    api.world.add(AccessRequest(**(fields | changes)))


def approve_button(request: str = REQUEST) -> dict[str, Any]:
    """Return the button of the request's message in a channel."""
    return build_approve_button(request, "alice can use deploy of acme-prod.")


def deny_button(request: str = REQUEST) -> dict[str, Any]:
    return button("Deny", "deny-request", value=request)
