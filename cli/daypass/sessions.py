"""Get a session from the cache, or else from the broker. If several processes need the same
session, one gets it for all."""

from __future__ import annotations

import os
import time
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
    is_fresh,
    read_entry,
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
from daypass.json_object import JsonObject
from daypass.machine.files import locked, write_private_json
from daypass.targets import Target
from daypass.terminal.output import one_line, progress, warn

RENEW_BEFORE_END = 1200
"""Seconds. The AWS SDK for Python asks again when less than 15 minutes remain, and would then get
the same session again at each call."""
REFUSAL_LASTS = 10
"""Seconds for which a refusal is remembered, so that a program in a loop does not flood Daypass."""
RENEWAL_PAUSE = 60
"""Seconds for which a session that could not be renewed serves before the next try. AWS tools may
ask at every call in a session's last 15 minutes."""
LAST_TRIES = 5
"""Seconds before a session's end in which the command tries each second to renew it, so that the
next session takes over without a gap."""
TAKE_OVER_BEFORE_END = 300
"""Seconds before a session's end from which a second approved request is started. Its time begins
then, and the SDK for JavaScript asks for the next session then."""
NOT_OPEN = (
    "access-not-started", "approval-required", "approval-revoked", "client-approval-required",
    "ends-too-soon",
)  # fmt: skip
"""The reasons of a refusal that an approved request of the member may lift: access that is not
open, or that ends too soon."""
REVOKED = frozenset((
    "agents-refused", "approval-revoked", "engagement-closed", "engagement-revoked", "frozen",
    "grant-not-current", "identity-unknown", "member-suspended", "not-a-member",
    "paused-by-client", "role-not-granted", "session-ended", "session-revoked", "token-revoked",
    "token-unknown",
))  # fmt: skip
"""The reasons of a refusal that mean that someone took the access away. The command then stops
using the cached session. After any other refusal, the session serves until its end."""
CLOCK_TOLERANCE = 240
"""Seconds. AWS refuses requests that are signed 5 minutes off its own clock."""


def session_key(login: Login, target: Target, reason: str, caller: str) -> SessionKey:
    """Return the key of these terms. Raise UsageProblem for a reason that is not text."""
    try:
        reason.encode()
    except UnicodeEncodeError:
        raise UsageProblem("The reason is not UTF-8. Type it in plain letters.") from None
    return SessionKey(
        login.broker, login.member, target.engagement, target.role, reason.strip(), caller
    )


def get_session(broker: Broker, key: SessionKey) -> JsonObject:
    """Return the cache's entry with a session for the key. Vend one if there is none.

    Processes that ask at the same time wait for one of them to vend. If the vend fails, return the
    cached session while it is still valid, unless the error says that the access was revoked. Raise
    Refused, NotLoggedIn, Unreachable or LocalProblem.
    """
    if not key.member:  # a CI's job
        return _vend(broker, key, None)
    entry = _read_fresh(key)
    if entry is not None:
        return entry
    with locked(cache_path(key)[: -len("json")] + "lock"):  # beside the cache's file, NAME.json
        entry = _read_fresh(key)
        if entry is not None:
            return entry
        previous = valid_session(read_cached(key))
        try:
            with progress(f"Getting a session for {key.engagement}/{key.role}"):
                entry = _vend(broker, key, previous)
        except (Refused, Unreachable, LocalProblem) as error:
            entry = _postpone_renewal(previous, error)
            if entry is None:
                _remember(key, error)
                raise
            warn(f"{error} Your earlier session still works, until {entry['expires_at']}.")
        # The login may have changed during the vend. Then discard the session.
        _check_login(key)
        try:
            write_private_json(cache_path(key), entry)
        except LocalProblem as error:
            warn(f"{error} The session works, but was not saved for reuse.")
        return entry


def _postpone_renewal(previous: JsonObject | None, error: CommandError) -> JsonObject | None:
    """Return the entry of the session from before, which serves until the next try to renew it.
    Return None if there is no such session, if it ends within a second, or if the error says that
    the access was revoked."""
    if previous is None or getattr(error, "reason", "") in REVOKED:
        return None
    now, end = time.time(), _seconds(previous["expires_at"])
    # Try after RENEWAL_PAUSE, or LAST_TRIES before the end if that is sooner, and then each second.
    next_try = max(now + 1, min(now + RENEWAL_PAUSE, end - LAST_TRIES))
    return {**previous, "fresh_until": next_try} if next_try < end else None


def _read_fresh(key: SessionKey) -> JsonObject | None:
    """Return the session that the cache holds for the key, if it is fresh. Raise the refusal that
    the cache holds instead, if Daypass gave it some seconds ago."""
    entry = read_cached(key)
    if entry is None or not is_fresh(entry, time.time()):
        return None
    if "refusal" in entry:
        raise _RememberedRefusal(**entry["refusal"])
    return entry


class _RememberedRefusal(CommandError):
    """A refusal that Daypass gave some seconds ago."""

    def __init__(self, text: str, exit_code: int, reason: str) -> None:
        super().__init__(text.partition(": ")[2])  # without "Daypass", see `_remember`
        self.exit_code = exit_code  # type: ignore[misc]  # that of the refusal
        self.reason = reason


def read_cached(key: SessionKey) -> JsonObject | None:
    """Return the cache's entry for the key, if any. Raise LocalProblem for an unsafe file."""
    try:
        return read_entry(key)
    except UnsafeFile as error:
        raise LocalProblem(f"{error} Delete this file.") from None


def valid_session(entry: JsonObject | None) -> JsonObject | None:
    """Return the entry if it is a session that AWS still accepts."""
    if entry is None or "credentials" not in entry:
        return None
    return entry if time.time() < _seconds(entry["expires_at"]) else None


def _vend(broker: Broker, key: SessionKey, previous: JsonObject | None) -> JsonObject:
    """Return the cache's entry with a new session, which replaces the previous one, if any."""
    _check_clock(broker)
    body = {"role": key.role}
    if key.reason:
        body["reason"] = key.reason
    if key.caller != "person":
        body["caller"] = key.caller
    # Without a session from before, the vend is as urgent as if that session ended now.
    left = _seconds(previous["expires_at"]) - time.time() if previous else 0.0
    vended = _post_vend(broker, key, body, is_urgent=left < TAKE_OVER_BEFORE_END)
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
    margin = min(RENEW_BEFORE_END, (end - now) / 2)  # short sessions serve for half their time
    return {
        "key": list(key),
        "stored_at": now,
        "fresh_until": end - margin,
        "expires_at": expires_at,
        "session_name": session_name,
        "partition": partition,
        "credentials": {"Version": 1, **output},
    }


def _post_vend(broker: Broker, key: SessionKey, body: JsonObject, *, is_urgent: bool) -> Any:
    """Return Daypass's answer to a vend. If Daypass says that the role is not open, open the
    member's approved access first. Raise Refused with the line to type if the role needs a request.

    `is_urgent` says that the cached session is about to end, or that there is none. Only then start
    the next approved access because the open access ends too soon for another session. The time of
    the next access would otherwise run while the cached session still serves.
    """
    path = f"/v1/engagements/{segment(key.engagement)}/sessions"
    try:
        return broker.post(path, body)
    except Refused as error:
        if error.reason not in NOT_OPEN or (error.reason == "ends-too-soon" and not is_urgent):
            raise
        from daypass.requests import open_access  # few vends need it

        open_access(broker, f"{key.engagement}/{key.role}", error)
    return broker.post(path, body)


def _check_login(key: SessionKey) -> None:
    """Raise NotLoggedIn if the key's login was removed during the vend.

    A logout removes the login before it deletes the cached sessions. So no session is cached after
    a logout.
    """
    try:
        login = find_login(key.broker)
    except UnsafeFile as error:
        raise LocalProblem(str(error)) from None
    if login is None or login.member != key.member:
        raise NotLoggedIn(
            "You logged out while Daypass was issuing this session, so the command discarded it."
            f" Type: daypass login {key.broker}"
        )


def _check_clock(broker: Broker) -> None:
    """Raise LocalProblem if this machine's clock is too far off for AWS.

    The check comes before the vend, so that Daypass issues no session that no one can use.
    """
    if broker.clock_offset is None:
        broker.get("/healthz")
    offset = broker.clock_offset or 0.0
    if abs(offset) > CLOCK_TOLERANCE:
        direction = "behind" if offset > 0 else "ahead"
        raise LocalProblem(
            f"This machine's clock is {abs(offset) / 60:.0f} minutes {direction}, and AWS refuses"
            " requests with a wrong time. Set the clock, and try again."
        )


def _remember(key: SessionKey, error: CommandError) -> None:
    """Write the refusal into the cache, in place of an older session, which no command then
    uses."""
    now = time.time()
    refusal = {
        "text": one_line(f"Daypass: {error}"),
        "exit_code": error.exit_code,
        "reason": getattr(error, "reason", ""),
    }
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
