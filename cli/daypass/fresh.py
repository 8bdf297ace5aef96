"""Answer `daypass creds` with the broker, without loading what other commands need.

Python needs longer for those modules than the broker for its answer, most of all from one file,
where Python keeps no compiled modules.
"""

from __future__ import annotations

import json

from daypass.cached import SessionKey, UnsafeFile, parse_key
from daypass.errors import UsageProblem
from daypass.machine.logins import connect
from daypass.reporting import report_problems
from daypass.sessions import get_session
from daypass.targets import parse_target


def serve_from_broker(arguments: list[str]) -> int | None:
    """Print the session that the arguments of `creds` name. Return the exit code, or None if this
    shortcut does not handle the arguments: then the full command handles or refuses them."""
    try:
        key = parse_key(arguments)
        if key is None:
            return None
        parse_target(f"{key.engagement}/{key.role}")  # only to refuse invalid names
    except (UnsafeFile, UsageProblem):  # UnsafeFile: others can access the file of logins
        return None
    return report_problems(lambda: _print_session(key))


def _print_session(key: SessionKey) -> int:
    print(json.dumps(get_session(connect(key.broker), key)["credentials"]))
    return 0
