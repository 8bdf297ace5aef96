"""The tools of an agent: it can look, ask for access, and get a session of its own for AWS tools.

No tool grants, approves or revokes anything. No answer has a key in it: it would be in the
agent's context, and in the logs of the agent's maker.
"""

from __future__ import annotations

from typing import Any

from daypass.agents.profiles import check_reason, write_profile
from daypass.aws.config import config_path
from daypass.broker import Broker
from daypass.cached import SessionKey, UnsafeFile, read_entry
from daypass.machine.logins import connect, require_login
from daypass.requests import is_closed_role, my_requests, role_access_text, send_request, state_text
from daypass.sessions import get_session, session_key
from daypass.targets import choose_role, my_engagements, parse_target

CALLER = "agent"
_LIMITS = {
    "read-only": "Your sessions there can list the resources of common services and see their"
    " settings. AWS denies everything else, whatever the role allows. A person can do it, or a lead"
    " can let agents do more.",
    "allow": "Your sessions there can do what the role allows. If AWS denies an action, the role's"
    " own permissions do not include it.",
}


class Tools:
    """The tools for one agent, with the login at the broker's address, or the last login."""

    def __init__(self, address: str) -> None:
        self._address = address

    def list_engagements(self) -> list[dict[str, Any]]:
        """List the clients' AWS accounts that you can work in, with your roles there.

        `agents` says what a program may do there: `refuse`, `read-only` (list resources
        of common services and see their settings) or `allow` (what the role allows). A role whose
        `access` is "on request" is closed until people approve a request: see request_access.
        """
        return [
            {
                "engagement": each["id"],
                "client": each["client"],
                "account_id": each["account_id"],
                "until": each["ends_at"],
                "agents": each["agents"],
                "roles": [
                    {
                        "role": role["name"],
                        "access": role_access_text(role) or "open",
                        "problem": role["problem"],
                        "needs_reason": role["requires_reason"],
                    }
                    for role in each["roles"]
                ],
            }
            for each in my_engagements(connect(self._address))
        ]

    def prepare_profile(self, engagement: str, role: str = "", reason: str = "") -> dict[str, Any]:
        """Get a session, and return the name of an AWS profile that uses and renews it.

        Use the profile with AWS tools, such as `aws s3 ls --profile NAME`. Leave out the role if
        there is only one. Give a reason if the role needs one: why you need the session.
        """
        reason = check_reason(reason)
        broker, key = self._session_key(engagement, role, reason)
        entry = get_session(broker, key)
        target = parse_target(f"{key.engagement}/{key.role}")
        return {
            "profile": write_profile(key.broker, target, reason),
            "config_file": config_path(),
            "expires_at": entry["expires_at"],
            "session_name": entry["session_name"],
        }

    def request_access(
        self, engagement: str, role: str, hours: float, reason: str, ticket: str = ""
    ) -> dict[str, Any]:
        """Ask for access to a role that is open only after a request, for some hours from its first
        use. People decide: look at my_requests later, and do not ask again meanwhile.

        Give the reason in one line: the purpose of all the work that you will do with the access.
        Give a ticket, such as OPS-12, if the person named one.
        """
        broker = connect(self._address)
        target = parse_target(f"{engagement}/{role}")
        body = {"duration": round(hours * 3600), "reason": reason, "ticket": ticket}
        return _short_request(send_request(broker, target, {**body, "caller": CALLER}))

    def my_requests(self) -> list[dict[str, Any]]:
        """List the requests for access of the last 30 days, with their state: yours, and your
        person's."""
        return [_short_request(each) for each in my_requests(connect(self._address))]

    def my_sessions(self) -> list[dict[str, Any]]:
        """List the sessions that may still be alive, with the time when each ends at the latest.

        Those of your person are in the list, too. Names of agents' sessions end in `.agent`.
        """
        sessions = connect(self._address).pages("/v1/me/sessions", "sessions")
        return [
            {name: each[name] for name in ("engagement", "role", "ends_by", "session_name")}
            for each in sessions
            if not each["is_cut_off"]
        ]

    def explain_refusal(self, engagement: str, role: str = "", reason: str = "") -> str:
        """Explain why Daypass refuses a session, or why AWS denies an action in one, and who can
        help. It requests no session."""
        broker, key = self._session_key(engagement, role, check_reason(reason))
        for each in my_engagements(broker):
            if each["id"] == key.engagement:
                return _find_obstacle(each, key) or _recent_refusal(key) or _LIMITS[each["agents"]]
        return (
            "This engagement does not exist, or your person has no access to it. Their lead can"
            " grant it."
        )

    def _session_key(self, engagement: str, role: str, reason: str) -> tuple[Broker, SessionKey]:
        login = require_login(self._address)
        broker = Broker(login.broker, login.token)
        target = parse_target(f"{engagement}/{role}" if role else engagement)
        return broker, session_key(login, choose_role(broker, target), reason, CALLER)


def _short_request(request: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a request that an agent needs."""
    names = ("engagement", "role", "status", "waiting_for", "expires_at", "decision")
    return {
        "request": request["id"],
        **{name: request[name] for name in names},
        "state": state_text(request),
        "open_until": request["access_ends_at"],
    }


def _find_obstacle(engagement: dict[str, Any], key: SessionKey) -> str:
    """Return why the engagement gives an agent no session for the key; empty if it seems to."""
    if engagement.get("block"):
        return str(engagement["block"])
    if not (engagement["open"] and engagement["granted"]):
        return "The engagement or the grant is over, or has not begun. A lead can change that."
    if engagement["agents"] == "refuse":
        return (
            "Agents get no session there. A person has to do this work, or a lead lets agents in."
        )
    roles = {role["name"]: role for role in engagement["roles"]}
    if key.role not in roles:
        names = ", ".join(roles) or "none"
        return f"The person's grant has no role {key.role}. It has: {names}. A lead can add it."
    if is_closed_role(roles[key.role]):
        return "The role is closed until people approve a request. Call request_access."
    if roles[key.role]["problem"]:
        return str(roles[key.role]["problem"])
    if roles[key.role]["requires_reason"] and not key.reason:
        return "The role needs a reason. Call prepare_profile again with one."
    return ""


def _recent_refusal(key: SessionKey) -> str:
    try:
        entry = read_entry(key) or {}
    except UnsafeFile as error:
        return str(error)
    return str(entry["refusal"]["text"]) if entry.get("refusal") else ""
