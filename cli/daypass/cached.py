"""Read the cache of sessions and the stored login.

A `creds` that the cache answers loads this module alone, because AWS tools run it at each call.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from hashlib import sha256
from typing import Any, NamedTuple

AGENT_VARIABLES = (
    "CLAUDECODE", "CLAUDE_CODE", "CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED", "CURSOR_AGENT",
    "CURSOR_TRACE_ID", "GEMINI_CLI", "OPENCODE",
)  # fmt: skip
"""Environment variables that coding agents set: programs that work for a person by themselves."""
AGENT_RUNTIMES = ("AmazonQ", "Kiro")
"""The beginnings of AWS_EXECUTION_ENV that such programs set. Its other values name the place
where a program runs, such as CloudShell or AWS_Lambda_python3.13."""

NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
"""The flag that keeps `os.open` from following a link. Windows does not have it: only an
administrator can create a link there."""
ENTRY_FORMAT = "1"
"""The format of cached entries. It is a part of the files' names, so that a version with another
format uses other files."""


class UnsafeFile(Exception):
    """A file of Daypass's that others can read or change, or that is not a plain file."""


class SessionKey(NamedTuple):
    """The terms on which Daypass issued a cached session. A different value of any term means a
    different session. `caller` is `person` or `agent`."""

    broker: str
    member: str
    engagement: str
    role: str
    reason: str
    caller: str


class Login(NamedTuple):
    """A login. `token` is empty if the keyring holds the token. `member` is empty for a CI's job,
    whose login is not stored."""

    broker: str
    member: str
    token: str


def home() -> str:
    """Return the folder that holds the logins and the cache."""
    return os.environ.get("DAYPASS_HOME") or os.path.join(os.path.expanduser("~"), ".daypass")


def cache_folder() -> str:
    """Return the folder that holds the cache, which may be elsewhere if the home is read-only."""
    return os.environ.get("DAYPASS_CACHE") or os.path.join(home(), "cache")


def login_path() -> str:
    return os.path.join(home(), "logins.json")


def cache_path(key: SessionKey) -> str:
    """Return the path of the key's session. Its name tells nothing about the engagement."""
    terms = "\0".join((ENTRY_FORMAT, *key))
    return os.path.join(cache_folder(), sha256(terms.encode()).hexdigest() + ".json")


def read_private_json(path: str, *, may_be_link: bool = False) -> Any:
    """Return the JSON in a file that only its owner can read and write. Return None if there is no
    file, or if its text is not JSON.

    Raise UnsafeFile for a link, for another user's file, and for a file that others can access.
    With `may_be_link`, the path may be a link. Then the link and the file may belong to root, and
    root's file may be readable by its group: Kubernetes mounts a secret like this.
    """
    # O_NONBLOCK: opening a FIFO must not wait for its writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
    try:
        if not (may_be_link and _is_trusted_link(path)):
            flags |= NO_FOLLOW
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnsafeFile(f"{path} cannot be read ({error.strerror}).") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)  # `open` would raise IsADirectoryError for a folder
        raise UnsafeFile(f"{path} is not a plain file. Move it away.")
    with open(descriptor, "rb") as file:
        is_mounted = may_be_link and is_anothers(status) and status.st_uid == 0
        if is_anothers(status) and not is_mounted:
            raise UnsafeFile(f"{path} belongs to another user.")
        # 0o037 allows the group to read, and 0o077 allows nothing to others.
        if grants_others(status, 0o037 if is_mounted else 0o077):
            raise UnsafeFile(f"Other users can access {path}. Run: chmod 600 {path}")
        try:
            return json.load(file)
        except (ValueError, RecursionError):
            return None  # another program wrote something else: as good as no file


def _is_trusted_link(path: str) -> bool:
    status = os.lstat(path)
    return stat.S_ISLNK(status.st_mode) and (status.st_uid == 0 or not is_anothers(status))


def is_anothers(status: os.stat_result) -> bool:
    """Return whether the file belongs to another user. On Windows, Python does not say."""
    return hasattr(os, "geteuid") and status.st_uid != os.geteuid()


def grants_others(status: os.stat_result, permissions: int) -> bool:
    """Return whether others have one of these permissions. Windows protects the person's folder as
    a whole, and has no such permissions."""
    return hasattr(os, "geteuid") and bool(status.st_mode & permissions)


ID_TOKEN, ADDRESS_FOR_TOKEN = "DAYPASS_ID_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"
"""The variables with a job's identity token, and with the address where GitHub gives it one."""


def is_job() -> bool:
    """Return whether a CI's job runs this command, and signs in with its own identity."""
    has_token = os.environ.get(ID_TOKEN) or os.environ.get(ADDRESS_FOR_TOKEN)
    return bool(has_token and os.environ.get("DAYPASS"))


def find_login(broker: str = "") -> Login | None:
    """Return the stored login at this broker. Without a broker, return the one at $DAYPASS, or else
    at the broker of the last `daypass login`. Return None if there is no such login. A CI's job
    uses no stored login: on its runner it would be someone else's."""
    if is_job():
        return None
    stored = read_private_json(login_path(), may_be_link=True)
    try:
        # If there is no file, `stored` is None, and this raises TypeError.
        address = broker or os.environ.get("DAYPASS", "").rstrip("/") or stored["current"]
        login = stored["logins"][address]
        return Login(address, login["member"], login["token"])
    except (KeyError, TypeError):
        return None


def caller_kind(*, as_agent: bool = False) -> str:
    """Return `agent` if a program seems to run this command for itself, otherwise `person`."""
    is_agent = as_agent or any(map(os.environ.get, AGENT_VARIABLES))
    runtime = os.environ.get("AWS_EXECUTION_ENV", "")
    return "agent" if is_agent or runtime.startswith(AGENT_RUNTIMES) else "person"


def name_agent_variable() -> str:
    """Return the environment variable that says that a program runs this command for itself."""
    return next(filter(os.environ.get, AGENT_VARIABLES), "AWS_EXECUTION_ENV")


def read_entry(key: SessionKey) -> dict[str, Any] | None:
    """Return the cache's entry for the key: a session or a recent refusal. Return None if there is
    neither."""
    entry = read_private_json(cache_path(key))
    try:
        is_valid = entry["key"] == list(key) and bool(entry.get("refusal") or entry["credentials"])
        # The times come from time.time(), so their sum is a float. Other values raise TypeError, or
        # give another type.
        is_valid = is_valid and isinstance(entry["stored_at"] + entry["fresh_until"], float)
    except (KeyError, TypeError, AttributeError):
        return None
    return dict(entry) if is_valid else None


def is_fresh(entry: dict[str, Any], now: float) -> bool:
    """Return whether the entry answers a request now, without the broker.

    An entry from the future (more than a minute) is not fresh: the clock was set back.
    """
    return bool(entry["stored_at"] - 60 <= now < entry["fresh_until"])


def serve_from_cache(arguments: list[str]) -> int | None:
    """Answer `daypass creds` from the cache. Return the exit code, or None if the cache cannot
    answer or anything is unusual: then the full command answers, or explains the problem."""
    try:
        key = parse_key(arguments)
        entry = read_entry(key) if key else None
        if entry is None or not is_fresh(entry, time.time()):
            return None
        if "refusal" in entry:
            sys.stderr.write(entry["refusal"]["text"] + "\n")
            return int(entry["refusal"]["exit_code"])
        sys.stdout.write(json.dumps(entry["credentials"]) + "\n")
    except (UnsafeFile, KeyError, TypeError, ValueError, AttributeError):
        return None
    return 0


def parse_key(arguments: list[str]) -> SessionKey | None:
    """Return the key of the session that the arguments of `creds` name. Return None if only the
    full command can handle them, because of other options, a missing value or role, or no login.

    Raise UnsafeFile for a file of logins that others can access.
    """
    options = {"--broker": "", "--reason": os.environ.get("DAYPASS_REASON", "")}
    target, as_agent, rest = "", False, iter(arguments)
    for argument in rest:
        if argument in options:
            value = options[argument] = next(rest, "-")  # "-": the value is missing
            if value[:1] in ("", "-"):
                return None
        elif argument == "--as-agent":
            as_agent = True
        elif argument.startswith("-") or target:
            return None
        else:
            target = argument
    engagement, _, role = target.partition("/")
    reason = options["--reason"].strip()
    # Python puts bytes that are not UTF-8 into an argument as such surrogates.
    is_text = not any("\ud800" <= character <= "\udfff" for character in reason)
    login = find_login(options["--broker"].rstrip("/"))
    if login is None or not engagement or not role or not is_text:
        return None
    caller = caller_kind(as_agent=as_agent)
    return SessionKey(login.broker, login.member, engagement, role, reason, caller)
