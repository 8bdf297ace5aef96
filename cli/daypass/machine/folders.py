"""Bind folders and short names to roles. A folder's `.daypass` file counts only if it is trusted.

A cloned repository can contain such a file. It must not decide which client's account a person
works in, so each content of the file has to be trusted by hand.
"""

from __future__ import annotations

import os
from hashlib import sha256

from daypass.cached import NO_FOLLOW, UnsafeFile, home, is_job, read_private_json
from daypass.errors import LocalProblem, UsageProblem
from daypass.machine.files import locked, write_atomically, write_private_json
from daypass.terminal.output import printable

NAME = ".daypass"
_LONGEST = 200


def find_folder_file() -> str:
    """Return the path of the `.daypass` file of the working directory, or of the nearest folder
    above it. Return an empty string if there is none."""
    try:
        folder = os.path.realpath(os.getcwd())
    except OSError:
        raise LocalProblem("This folder no longer exists. Change to another one.") from None
    while True:
        path = os.path.join(folder, NAME)
        if os.path.isfile(path):
            return path
        if folder == os.path.dirname(folder):
            return ""
        folder = os.path.dirname(folder)


def find_target(target: str, broker: str, *, may_pick: bool = False) -> tuple[str, str]:
    """Return the target and the broker's address. A typed target may be a short name, which stands
    for both. Without a typed target, take both from the `.daypass` file of the working directory.
    In both cases, a typed broker wins.

    The stored broker is the one at which the folder or name was bound, so that a later login
    elsewhere does not lead into the account of another firm's client. If there is no file, return
    an empty target with `may_pick`, and otherwise raise UsageProblem. Also raise UsageProblem if
    the file's target is not the one that the person trusted.

    A CI's job uses no short name and no file: on its runner they would be someone else's, and could
    send the job's token to another address.
    """
    if target and is_job():
        return target, broker
    if target:
        meant, bound_to = stored_aliases().get(target, (target, ""))
        return meant, broker or bound_to
    path = "" if is_job() else find_folder_file()
    if not path and may_pick:
        return "", broker
    if not path:
        raise UsageProblem(
            "Name an engagement, such as acme-prod/readonly. Type daypass ls to see yours, or"
            " daypass use to bind this folder to one."
        )
    target = read_target(path)
    fingerprint, bound_to = _trusted_files().get(path) or ("", "")
    if fingerprint != _fingerprint(target):
        raise UsageProblem(
            f"{path} names {printable(target)}, but you have not trusted this file yet. If it is"
            " correct, type: daypass use --trust"
        )
    return target, broker or bound_to


def read_target(path: str) -> str:
    """Return the target that the file names. Raise LocalProblem if the file cannot be one."""
    try:
        with open(path, encoding="utf-8", opener=_open_no_link) as file:
            lines = file.read(_LONGEST + 1).split("\n")
    except (OSError, UnicodeDecodeError):
        raise LocalProblem(f"{path} cannot be read. Replace it with daypass use.") from None
    if len(lines) > 2 or any(lines[1:]) or not lines[0].strip() or len(lines[0]) > _LONGEST:
        raise LocalProblem(f"{path} must have one line, such as acme-prod/readonly.")
    return lines[0].strip()


def _open_no_link(path: str, flags: int) -> int:
    """Open the file, but follow no link: a repository could link to a secret of the person's, which
    a message would then show."""
    return os.open(path, flags | NO_FOLLOW)


def bind_folder(target: str, broker: str) -> str:
    """Write a `.daypass` file for the working directory, and trust it for the broker. Return its
    path."""
    path = os.path.join(os.path.realpath(os.getcwd()), NAME)
    if os.path.isdir(path):
        raise LocalProblem(
            f"{path} is a folder, such as the one that holds your logins. Bind another folder."
        )
    write_atomically(path, f"{target}\n".encode(), mode=0o644)
    trust(path, target, broker)
    return path


def trust(path: str, target: str, broker: str) -> None:
    """Trust the file as long as it names this target, which is one of the broker's."""
    store = _trust_path()
    with locked(f"{store}.lock"):
        write_private_json(store, {**_trusted_files(), path: [_fingerprint(target), broker]})


def stored_aliases() -> dict[str, tuple[str, str]]:
    """Return the target and the broker's address by short name."""
    return {name: (each[0], each[1]) for name, each in _read_pairs(_alias_path()).items()}


def store_alias(name: str, target: str, broker: str) -> None:
    """Let the name stand for the target at the broker, or for nothing if the target is empty."""
    store = _alias_path()
    with locked(f"{store}.lock"):
        aliases = {each: pair for each, pair in _read_pairs(store).items() if each != name}
        write_private_json(store, {**aliases, **({name: [target, broker]} if target else {})})


def _alias_path() -> str:
    return os.path.join(home(), "aliases.json")


def _trust_path() -> str:
    return os.path.join(home(), "trusted.json")


def _trusted_files() -> dict[str, list[str]]:
    """Return the trusted files by path, each with its target's fingerprint and its broker."""
    return _read_pairs(_trust_path())


def _read_pairs(path: str) -> dict[str, list[str]]:
    """Return the pairs of texts in a file of aliases or of trusted files, by name or path. Leave
    out what is malformed. Raise LocalProblem for a file that others can access."""
    try:
        pairs = read_private_json(path)
    except UnsafeFile as error:
        raise LocalProblem(str(error)) from None
    if not isinstance(pairs, dict):
        return {}
    return {
        name: pair
        for name, pair in pairs.items()
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair)
    }


def _fingerprint(target: str) -> str:
    return sha256(target.encode()).hexdigest()
