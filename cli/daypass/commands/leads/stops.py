"""The stops by the words that a lead types. `make stops-table` writes this file."""

from __future__ import annotations

STOPS = {
    "revoke session SESSION": (
        "revoke-session",
        "/v1/members/{member}/sessions/{session}/revoke",
    ),
    "revoke token MEMBER TOKEN": (
        "revoke-token",
        "/v1/members/{member}/tokens/{token}/revoke",
    ),
    "revoke grant MEMBER ENGAGEMENT": (
        "revoke-grant",
        "/v1/engagements/{engagement}/grants/{member}/revoke",
    ),
    "revoke request REQUEST": (
        "revoke-request",
        "/v1/requests/{request}/revoke",
    ),
    "revoke member MEMBER": (
        "revoke-member",
        "/v1/members/{member}/revoke",
    ),
    "leave MEMBER": (
        "member-leaves",
        "/v1/members/{member}/leave",
    ),
    "revoke role ENGAGEMENT/ROLE": (
        "revoke-role",
        "/v1/engagements/{engagement}/roles/{role}/revoke",
    ),
    "revoke engagement ENGAGEMENT": (
        "revoke-engagement",
        "/v1/engagements/{engagement}/revoke",
    ),
    "close ENGAGEMENT": (
        "close-engagement",
        "/v1/engagements/{engagement}/close",
    ),
    "revoke client CLIENT": (
        "revoke-client",
        "/v1/clients/revoke",
    ),
    "revoke everything": (
        "freeze",
        "/v1/freeze",
    ),
}
"""The name of each stop, and its route."""
