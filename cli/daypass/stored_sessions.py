"""List and delete the sessions and refusals in the cache."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

from daypass.broker import Broker
from daypass.cached import (
    Login,
    SessionKey,
    UnsafeFile,
    cache_folder,
    cache_path,
    read_private_json,
)
from daypass.errors import LocalProblem, Refused, Unreachable
from daypass.json_object import JsonObject
from daypass.machine.files import locked, remove_leftovers, write_private_json
from daypass.sessions import REVOKED, read_cached, valid_session
from daypass.terminal.output import progress

LOOK_AGAIN_AFTER = 60
"""Seconds after which a command asks Daypass again whether a cached session was ended."""
LOOK_TIMEOUT = 3.0
"""Seconds. A session works without the answer."""
_ALIVE = ("live", "unknown")
"""The states, in Daypass's list, of a session that nobody has ended."""


def wipe_cache(keys: Sequence[SessionKey]) -> int:
    """Delete what the cache holds for the keys. Return how many sessions were deleted.

    A process that is vending finishes first, so that its session is deleted, too.
    """
    return sum(_wipe(cache_path(key)[: -len(".json")], "") for key in keys)


def wipe_cache_of(broker: str) -> int:
    """Delete all that the cache holds, except entries of other brokers. Return how many sessions
    were deleted. A process that is vending finishes first."""
    folder = cache_folder()
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    stems = {os.path.join(folder, name.rpartition(".")[0]) for name in names if name[0] != "."}
    remove_leftovers(folder, older_than=0)
    return sum(_wipe(stem, broker) for stem in sorted(stems))


def _wipe(stem: str, broker: str) -> int:
    """Delete the entry, unless a broker is given and the entry is another broker's. Return 1 if the
    entry was a session, or else 0. `stem` is the path of the entry without `.json`."""
    path = f"{stem}.json"
    with locked(f"{stem}.lock"):
        if not os.path.lexists(path):
            return 0
        entry = _read(path)
        if broker and entry is not None and entry["key"].broker != broker:
            return 0
        os.unlink(path)
        return int(entry is not None and "credentials" in entry)


def cached_sessions(login: Login) -> list[JsonObject]:
    """Return the login's cached sessions that are still valid."""
    return [entry for entry in _cached_entries(login) if valid_session(entry)]


def forget_refusals(login: Login, target: str) -> None:
    """Delete the remembered refusals of ENGAGEMENT/ROLE, because its access has changed."""
    keys = [entry["key"] for entry in _cached_entries(login) if "refusal" in entry]
    wipe_cache([key for key in keys if f"{key.engagement}/{key.role}" == target])


def drop_ended(login: Login, listed: Iterable[JsonObject]) -> list[str]:
    """Delete the login's cached sessions that Daypass lists as ended: a lead revoked them, the
    member gave them back on another machine, or Daypass saw a cut-off of them in the client's
    account. Return their names.

    AWS may deny all that they do, and a tool would use them until their end.
    """
    ended = {
        each["session_name"]
        for each in listed
        if each["is_cut_off"] or each["status"] not in _ALIVE
    }
    dropped = [each for each in cached_sessions(login) if each["session_name"] in ended]
    wipe_cache([each["key"] for each in dropped])
    return [each["session_name"] for each in dropped]


def drop_if_ended(broker: Broker, login: Login, key: SessionKey) -> None:
    """Delete the key's cached session if Daypass says that it was ended, or refuses the member.

    Ask Daypass once a minute at most. If it does not answer, keep the session, and do not ask again
    for a minute either.
    """
    entry = valid_session(read_cached(key))
    if (
        entry is None
        or time.time() < (entry.get("seen_at") or entry["stored_at"]) + LOOK_AGAIN_AFTER
    ):
        return
    try:
        with progress("Reading your sessions"):
            listed = list(broker.list_items("/v1/me/sessions", "sessions"))
    except Unreachable:
        listed = []  # drops no session: `drop_ended` drops those that are listed as ended
    except Refused as error:
        if error.reason in REVOKED:
            wipe_cache([key])
        return
    if drop_ended(login, listed):  # the names of the dropped sessions
        return
    with suppress(LocalProblem), locked(f"{cache_path(key)[: -len('.json')]}.lock"):
        if read_cached(key) == entry:
            write_private_json(cache_path(key), {**entry, "seen_at": time.time()})


def _cached_entries(login: Login) -> list[JsonObject]:
    """Return the login's sessions and refusals in the cache."""
    folder = cache_folder()
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    paths = [os.path.join(folder, name) for name in names if name.endswith(".json")]
    entries = filter(None, map(_read, paths))
    return [each for each in entries if each["key"][:2] == login[:2]]


def _read(path: str) -> JsonObject | None:
    """Return the entry in the file, with its SessionKey. Return None if the file holds no entry, or
    is unsafe to read."""
    try:
        entry = read_private_json(path)
        return {**entry, "key": SessionKey(*entry["key"])}
    except (UnsafeFile, KeyError, TypeError):
        return None
