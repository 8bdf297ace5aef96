"""The stops and the other actions by the words that a lead types, and the choices.

`make stops-table` writes this file.
"""

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
ACTIONS = {
    "reinstate MEMBER": (
        "reinstate-member",
        "/v1/members/{member}/reinstate",
        "Reinstate a suspended member, who then needs a new enrolment code",
    ),
    "reopen ENGAGEMENT": (
        "reopen-engagement",
        "/v1/engagements/{engagement}/reopen",
        "Reopen an engagement that was closed or revoked",
    ),
    "rotate ENGAGEMENT": (
        "rotate-external-id",
        "/v1/engagements/{engagement}/rotate",
        "Replace the external ID. The rotation ends when every role passes its checks",
    ),
    "thaw": (
        "thaw",
        "/v1/thaw",
        "Ask to lift the freeze, or confirm another lead's request (two leads needed)",
    ),
    "lift-pause ENGAGEMENT": (
        "lift-pause",
        "/v1/engagements/{engagement}/lift-pause",
        "Ask to lift a client's pause, or confirm another lead's request after 24 hours",
    ),
    "client-approval ENGAGEMENT": (
        "require-client-approval",
        "/v1/engagements/{engagement}/client-approval",
        "Require the client's approval for all access. Only the client can undo this",
    ),
}
"""The name of each other action, its route, and what it does."""
AGENTS = {
    "refuse": "Agents cannot get sessions.",
    "read-only": (
        "Agents can list resources of common services and see their settings. AWS denies them"
        " everything else."
    ),
    "allow": "Agents can get the same sessions as their member.",
}
CUT_OFFS = {
    "brake": (
        "After the client creates the brake, a permissions boundary that Daypass can tighten,"
        " revocations also end live sessions."
    ),
    "deny-all": (
        "After the client lets Daypass attach AWSDenyAll to a role, revocations of the whole "
        "role also end its live sessions."
    ),
    "none": "Only the client can end live sessions.",
}
