"""A scene in which alice has `deploy` of acme-prod on request, and a lead or bob approves."""

from typing import Any

from chalicelib.domain.people.members import Leads
from chalicelib.domain.slack.messages import button
from chalicelib.domain.slack.requests import build_approve_button
from tests.builders import a_grant, a_request, a_request_id, a_role, an_approval_policy
from tests.entrypoints.driver import Api

REQUEST = a_request_id()
EXAMPLE = "alice.00d9o4r5k3f81c2q"
"""The request in the examples of the commands."""
ASKS = "request acme-prod deploy for 2h because the import fails"


def let_alice_ask(api: Api, **policy: Any) -> None:
    """Store the grant and the policy."""
    rules = {"members": frozenset({"bob"})} | policy
    api.world.add(
        a_role("deploy"),
        a_grant(
            "alice",
            roles=frozenset({"readonly", "deploy"}),
            on_request=frozenset({"deploy"}),
            emergency=frozenset({"deploy"}),
        ),
        Leads(members=frozenset({"lena", "luis"})),
        an_approval_policy(**rules),
    )


def with_request(api: Api, **changes: Any) -> None:
    """Store alice's request, which waits until one o'clock."""
    fields = {"role": "deploy", "duration": 7200, "reason": "the import fails"}
    api.world.add(a_request(**(fields | changes)))


def approve_button(request: str = REQUEST) -> dict[str, Any]:
    """Return the button of the request's message in a channel."""
    return build_approve_button(request, "alice can use deploy of acme-prod.")


def deny_button(request: str = REQUEST) -> dict[str, Any]:
    return button("Deny", "deny-request", value=request)
