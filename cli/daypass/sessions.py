"""Get a session: from the cache, or else from the broker by one process for all that wait."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from daypass.broker import Broker, segment
from daypass.cached import (
    Login,
    SessionKey,
    UnsafeFile,
    cache_path,
    find_login,
    home,
    is_fresh,
    read_entry,
    read_private_json,
)
from daypass.errors import (
    CommandError,
    LocalProblem,
    NotLoggedIn,
    Refused,
    UnexpectedAnswer,
    Unreachable,
    UsageProblem,
)
from daypass.machine.files import locked, remove_leftovers, write_private_json
from daypass.targets import Target
from daypass.terminal.output import one_line, warn
from daypass.terminal.waiting import progress

RENEW_BEFORE_END = 1200
"""Seconds. The AWS SDK for Python asks again when less than 15 minutes remain, and would then get
the same session again at each call."""
REFUSAL_LASTS = 10
"""Seconds for which a refusal is remembered, so that a program in a loop does not flood Daypass."""
NOT_OPEN = (
    "access-not-started", "approval-required", "approval-revoked", "client-approval-required",
)  # fmt: skip
"""The reasons of a refusal for a role that is open only after a request."""
CLOCK_TOLERANCE = 240
"""Seconds. AWS refuses requests that are signed 5 minutes off its own clock."""


def session_key(login: Login, target: Target, reason: str, caller: str) -> SessionKey:
    """Return the key of these terms. Raise UsageProblem for a reason that is no text."""
    try:
        reason.encode()
    except UnicodeEncodeError:
        raise UsageProblem("The reason is not UTF-8. Type it in plain letters.") from None
    return SessionKey(
        login.broker, login.member, target.engagement, target.role, reason.strip(), caller
    )


def get_session(broker: Broker, key: SessionKey) -> dict[str, Any]:
    """Return the cache's entry with a session for the key. Vend one if there is none.

    Processes that ask at the same time wait for one of them to vend. If the broker does not
    answer, a session that is still valid goes on serving. Raise Refused, NotLoggedIn, Unreachable
    or LocalProblem.
    """
    entry = _answer(key)
    if entry is not None:
        return entry
    with locked(cache_path(key)[: -len("json")] + "lock"):
        entry = _answer(key)
        if entry is not None:
            return entry
        previous = _valid_session(_read(key))
        try:
            with progress(f"Getting a session for {key.engagement}/{key.role}"):
                entry = _vend(broker, key)
        except Unreachable as error:
            if previous is None:
                _remember(key, error)
                raise
            warn(f"{error} The session from before still works until {previous['expires_at']}.")
            return previous
        except (Refused, LocalProblem) as error:
            _remember(key, error)
            raise
        _check_login(key)
        try:
            write_private_json(cache_path(key), entry)
        except LocalProblem as error:
            warn(f"{error} The session works, but was not kept.")
        return entry


def wipe_cache(keys: Sequence[SessionKey] | None = None) -> int:
    """Delete what the cache holds for the keys, or all of it. Return how many sessions it was.

    A process that is vending finishes first, so that its session is deleted, too.
    """
    folder = os.path.join(home(), "cache")
    if keys is None:
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        stems = {os.path.join(folder, name.rpartition(".")[0]) for name in names if name[0] != "."}
        remove_leftovers(folder, older_than=0)
    else:
        stems = {cache_path(key)[: -len(".json")] for key in keys}
    deleted = 0
    for stem in sorted(stems):
        with locked(f"{stem}.lock"):
            if os.path.lexists(f"{stem}.json"):
                deleted += _holds_session(f"{stem}.json")
                os.unlink(f"{stem}.json")
    return deleted


def _holds_session(path: str) -> bool:
    """Return whether the file is a session, and not a remembered refusal."""
    try:
        return "credentials" in (read_private_json(path) or ())
    except UnsafeFile:
        return False


def cached_sessions(login: Login) -> list[dict[str, Any]]:
    """Return the login's cached sessions that are still valid."""
    return [entry for entry in _cached_entries(login) if _valid_session(entry)]


def forget_refusals(login: Login, target: str) -> None:
    """Delete the remembered refusals of ENGAGEMENT/ROLE, because its access has changed."""
    keys = [SessionKey(*entry["key"]) for entry in _cached_entries(login) if "refusal" in entry]
    wipe_cache([key for key in keys if f"{key.engagement}/{key.role}" == target])


def _cached_entries(login: Login) -> list[dict[str, Any]]:
    """Return the login's sessions and refusals in the cache."""
    folder = os.path.join(home(), "cache")
    entries = []
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if not name.endswith(".json"):
            continue
        try:
            entry = read_private_json(os.path.join(folder, name))
        except UnsafeFile:
            continue
        if isinstance(entry, dict) and entry.get("key", [])[:2] == [login.broker, login.member]:
            entries.append(entry)
    return entries


def _answer(key: SessionKey) -> dict[str, Any] | None:
    """Return the session that the cache holds for the key, if it is fresh. Raise a refusal that
    was given a moment ago."""
    entry = _read(key)
    if entry is None or not is_fresh(entry, time.time()):
        return None
    if "refusal" in entry:
        raise _RememberedRefusal(entry["refusal"]["text"], entry["refusal"]["exit_code"])
    return entry


class _RememberedRefusal(CommandError):
    """A refusal that Daypass gave some seconds ago."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text.partition(": ")[2])
        self.exit_code = exit_code  # type: ignore[misc]  # that of the refusal


def _read(key: SessionKey) -> dict[str, Any] | None:
    try:
        return read_entry(key)
    except UnsafeFile as error:
        raise LocalProblem(f"{error} Delete it.") from None


def _valid_session(entry: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the entry if it is a session that AWS still accepts."""
    if entry is None or "credentials" not in entry:
        return None
    return entry if time.time() < _seconds(entry["expires_at"]) else None


def _vend(broker: Broker, key: SessionKey) -> dict[str, Any]:
    body = {"role": key.role}
    if key.reason:
        body["reason"] = key.reason
    if key.caller != "person":
        body["caller"] = key.caller
    vended = _post_vend(broker, key, body)
    try:
        credentials, expires_at = vended["credentials"], vended["expires_at"]
        now, end = time.time(), _seconds(expires_at)
        output = {
            "AccessKeyId": credentials["AccessKeyId"],
            "SecretAccessKey": credentials["SecretAccessKey"],
            "SessionToken": credentials["SessionToken"],
            "Expiration": expires_at,
            "AccountId": vended["assumed_role_arn"].split(":")[4],
        }
        partition = vended["assumed_role_arn"].split(":")[1]
        session_name = vended["session_name"]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise UnexpectedAnswer(broker.address, f"a session, {error}") from None
    if not all(isinstance(value, str) for value in (session_name, *output.values())):
        raise UnexpectedAnswer(broker.address, "a session")
    _check_clock(broker)
    margin = min(RENEW_BEFORE_END, (end - now) / 2)
    return {
        "key": list(key),
        "stored_at": now,
        "fresh_until": end - margin,
        "expires_at": expires_at,
        "session_name": session_name,
        "partition": partition,
        "credentials": {"Version": 1, **output},
    }


def _post_vend(broker: Broker, key: SessionKey, body: dict[str, Any]) -> Any:
    """Return the answer to a vend. Start the member's approved access first if Daypass says that
    its time has not begun. Raise Refused with the line to type if the role needs a request."""
    path = f"/v1/engagements/{segment(key.engagement)}/sessions"
    try:
        return broker.post(path, body)
    except Refused as error:
        if error.reason not in NOT_OPEN:
            raise
        from daypass.requests import open_access  # few vends need it

        open_access(broker, f"{key.engagement}/{key.role}", error)
    return broker.post(path, body)


def _check_login(key: SessionKey) -> None:
    """Raise NotLoggedIn if the login that the key names has gone while this process waited.

    A logout removes the login before it deletes the cached sessions, so none is kept after it.
    """
    try:
        login = find_login(key.broker)
    except UnsafeFile as error:
        raise LocalProblem(str(error)) from None
    if login is None or login.member != key.member:
        raise NotLoggedIn(
            "You logged out while this session was on its way, so it was thrown away. Type:"
            f" daypass login {key.broker}"
        )


def _check_clock(broker: Broker) -> None:
    """Raise LocalProblem if this machine's clock is too far off for AWS."""
    offset = broker.clock_offset or 0.0
    if abs(offset) > CLOCK_TOLERANCE:
        direction = "behind" if offset > 0 else "ahead"
        raise LocalProblem(
            f"This machine's clock is {abs(offset) / 60:.0f} minutes {direction}, and AWS refuses"
            " requests with a wrong time. Set the clock, and try again."
        )


def _remember(key: SessionKey, error: CommandError) -> None:
    """Replace the cached session by the refusal, which also ends the use of an older session."""
    now = time.time()
    refusal = {"text": one_line(f"Daypass: {error}"), "exit_code": error.exit_code}
    entry = {
        "key": list(key),
        "stored_at": now,
        "fresh_until": now + REFUSAL_LASTS,
        "refusal": refusal,
    }
    try:
        write_private_json(cache_path(key), entry)
    except LocalProblem:  # the disk is full; the older session must go all the same
        with suppress(OSError):
            os.unlink(cache_path(key))


def _seconds(moment: str) -> float:
    """Return the seconds since 1970 of a time as the API writes it, such as
    2026-11-24T19:42:00Z."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
