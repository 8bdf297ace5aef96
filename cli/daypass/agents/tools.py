"""The tools of an agent: it can look, ask for access, and get a session of its own for AWS tools.

No tool grants, approves or revokes anything. No answer has a key in it: it would be in the
agent's context, and in the logs of the agent's maker.
"""

from __future__ import annotations

from daypass.agents.profiles import check_reason, write_profile
from daypass.aws.config import config_path
from daypass.broker import Broker, segment
from daypass.cached import SessionKey, UnsafeFile, read_entry
from daypass.json_object import JsonObject
from daypass.machine.logins import connect, require_login
from daypass.requests import my_requests, send_request
from daypass.roles import find_role
from daypass.sessions import get_session, session_key
from daypass.targets import my_access, parse_target

CALLER = "agent"
_SHOWN: tuple[str, ...] = ("engagement", "role", "client", "account_id", "until", "state", "text")
_SHOWN += ("agents", "requires_reason")
_SESSION_FIELDS = ("engagement", "role", "ends_by", "session_name", "note")
_LIMITS = {  # by the engagement's setting for agents
    "read-only": "Your sessions there can list the resources of common services and see their"
    " settings. AWS denies everything else, whatever the role allows. A person can do it, or a lead"
    " can let agents do more.",
    "allow": "Your sessions there can do what the role allows. If AWS denies an action, a policy in"
    " the client's account or organization does not allow it.",
}


class Tools:
    """The tools for one agent, with the login at the broker's address, or the last login."""

    def __init__(self, address: str) -> None:
        self._address = address

    def list_engagements(self) -> list[JsonObject]:
        """List the clients' AWS accounts that you can work in, with your roles there.

        `agents` says what a program can do there: `refuse` (nothing), `read-only` (list resources
        of common services and see their settings) or `allow` (what the role allows). `state` says
        whether you can get a session now, and `text` why not. For a role that is "on request", you
        need an approved request: see request_access.
        """
        return [{name: each[name] for name in _SHOWN} for each in my_access(connect(self._address))]

    def prepare_profile(self, engagement: str, role: str = "", reason: str = "") -> JsonObject:
        """Get a session, and return the name of an AWS profile that uses and renews it.

        Use the profile with AWS tools, such as `aws s3 ls --profile NAME`. Omit the role if there
        is only one. If the role requires a reason, say why you need the session. The client sees
        the reason.
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
    ) -> JsonObject:
        """Request access to a role that requires an approved request, for some hours after its
        first use. People decide on the request. Check my_requests later, and do not send another
        request in the meantime.

        Give the reason in one line: the purpose of all the work that you will do with the access.
        Give a ticket, such as OPS-12, if the person named one.
        """
        broker = connect(self._address)
        target = parse_target(f"{engagement}/{role}")
        body = {"duration": round(hours * 3600), "reason": reason, "ticket": ticket}
        return _short_request(send_request(broker, target, {**body, "caller": CALLER}))

    def my_requests(self) -> list[JsonObject]:
        """List the requests for access from the last 30 days, with their state. The list includes
        the requests of the person that you act for."""
        return [_short_request(each) for each in my_requests(connect(self._address))]

    def my_sessions(self) -> list[JsonObject]:
        """List the sessions that may still be active, and when each one expires.

        The list includes the sessions of the person that you act for. Names of agents' sessions end
        in `.agent`. If a session was revoked, for example, its `note` says so.
        """
        sessions = connect(self._address).list_items("/v1/me/sessions", "sessions")
        return [
            {name: each[name] for name in _SESSION_FIELDS}
            for each in sessions
            if not each["is_cut_off"]
        ]

    def explain_refusal(self, engagement: str, role: str = "", reason: str = "") -> str:
        """Explain why Daypass refuses a session, or why AWS denies an action in a session, and who
        can help. This does not request a session. The text is empty if Daypass knows no reason."""
        broker, key = self._session_key(engagement, role, check_reason(reason))
        answer = broker.get(
            f"/v1/engagements/{segment(key.engagement)}/roles/{segment(key.role)}/why",
            caller=CALLER,
            reason="yes" if key.reason else "no",
        )
        if not answer["allowed"]:
            # The broker marks the condition that refuses, and only that one, with false.
            refusal = next(each for each in answer["clauses"] if each["holds"] is False)
            return f"{refusal['fact']} {refusal['change']}"
        agents = {each["engagement"]: each["agents"] for each in my_access(broker)}
        # Daypass would issue a session now. So explain the last refusal, if there was one just now,
        # or else what AWS denies to agents' sessions.
        return _recent_refusal(key) or _LIMITS.get(agents.get(key.engagement, ""), "")

    def _session_key(self, engagement: str, role: str, reason: str) -> tuple[Broker, SessionKey]:
        login = require_login(self._address)
        broker = Broker(login.broker, login.token)
        target = find_role(broker, f"{engagement}/{role}" if role else engagement)
        return broker, session_key(login, target, reason, CALLER)


def _short_request(request: JsonObject) -> JsonObject:
    """Return the parts of a request that an agent needs."""
    names = ("engagement", "role", "status", "waiting_for", "expires_at", "decision")
    return {
        "request": request["id"],
        **{name: request[name] for name in names},
        "state": request["message"],
        "open_until": request["access_ends_at"],
    }


def _recent_refusal(key: SessionKey) -> str:
    """Return the refusal that the cache still remembers for the key, or an empty text. For a cache
    file that is unsafe to read, return why."""
    try:
        entry = read_entry(key) or {}
    except UnsafeFile as error:
        return str(error)
    return str(entry["refusal"]["text"]) if entry.get("refusal") else ""
