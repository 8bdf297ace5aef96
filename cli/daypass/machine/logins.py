"""Store and read logins: the broker's address, the member and the token.

The token is in the operating system's keyring if the `keyring` package is installed and works.
Otherwise it is in a file that only its owner can read.
"""

from __future__ import annotations

import os
from typing import Any

from daypass.broker import Broker, check_address
from daypass.cached import Login, UnsafeFile, find_login, is_job, login_path, read_private_json
from daypass.errors import LocalProblem, NotLoggedIn, UnexpectedAnswer
from daypass.machine.ci import find_job_problem, job_login
from daypass.machine.files import locked, write_private_json

_SERVICE = "daypass"


def stored_login(address: str = "") -> Login:
    """Return the stored login, or the CI job's login. Its token is empty if the keyring holds it.
    Raise NotLoggedIn if there is none."""
    if is_job():
        return job_login(check_address(address or os.environ["DAYPASS"]))
    try:
        login = find_login(check_address(address) if address else "")
    except UnsafeFile as error:
        raise LocalProblem(str(error)) from None
    if login is None:
        job_problem = find_job_problem()
        if job_problem is not None:
            raise job_problem
        where = f" at {address}" if address else ""
        raise NotLoggedIn(
            f"You are not logged in{where}. Type daypass login ADDRESS, with the address from your"
            " lead."
        )
    return login


def require_login(address: str = "") -> Login:
    """Return the stored login with its token. Raise NotLoggedIn if there is none."""
    login = stored_login(address)
    if login.token:
        return login
    token = _keyring_token(login)
    if not token:
        raise NotLoggedIn(
            f"The keyring no longer holds your token. Type: daypass login {login.broker}"
        )
    return login._replace(token=token)


def connect(address: str = "") -> Broker:
    """Return the broker of the stored login. Raise NotLoggedIn if there is none."""
    login = require_login(address)
    return Broker(login.broker, login.token)


def store_login(login: Login, *, is_new: bool = True) -> bool:
    """Store the login, and make it the current one if it is new. Return whether the keyring holds
    its token.

    Raise UnexpectedAnswer for values from the broker that are no login.
    """
    if not all(isinstance(text, str) and text for text in login):
        raise UnexpectedAnswer(login.broker, "a login")
    in_keyring = _store_in_keyring(login)
    record = {"member": login.member, "token": "" if in_keyring else login.token}
    with locked(f"{login_path()}.lock"):
        stored = stored_logins()
        logins = {**stored["logins"], login.broker: record}
        current = login.broker if is_new else stored["current"]
        _write_logins(current, logins)
    return in_keyring


def forget_login(login: Login) -> None:
    """Remove the login's token from this machine. Raise LocalProblem, and keep the login, if its
    token is in a keyring that does not open."""
    try:
        _delete_from_keyring(login)
    except LocalProblem:
        if not login.token:  # otherwise it is in the file, and at most an older one in the keyring
            raise
    with locked(f"{login_path()}.lock"):
        stored = stored_logins()
        logins = {key: value for key, value in stored["logins"].items() if key != login.broker}
        current = stored["current"] if stored["current"] in logins else next(iter(logins), "")
        _write_logins(current, logins)


def _write_logins(current: str, logins: dict[str, Any]) -> None:
    """Replace the file of logins. If it is a link, replace the file that the link names.

    The caller has read it, so another user's link was refused.
    """
    write_private_json(os.path.realpath(login_path()), {"current": current, "logins": logins})


def _delete_from_keyring(login: Login) -> None:
    keyring = _keyring()
    if keyring is None or not _keyring_token(login):
        return
    try:
        keyring.delete_password(_SERVICE, _account(login))
    except Exception as error:  # noqa: BLE001 - each store has its own errors
        raise _keyring_problem(error) from None


def stored_logins() -> dict[str, Any]:
    """Return the stored logins by address, and the current address."""
    try:
        stored = read_private_json(login_path(), may_be_link=True)
    except UnsafeFile as error:
        raise LocalProblem(str(error)) from None
    logins = stored.get("logins") if isinstance(stored, dict) else None
    if not isinstance(logins, dict):
        return {"current": "", "logins": {}}
    return {"current": stored.get("current", ""), "logins": logins}


def _account(login: Login) -> str:
    return f"{login.member} at {login.broker}"


def _keyring() -> Any | None:
    """Return the keyring package; None if it is not installed or knows no secure store."""
    try:
        import keyring
        from keyring.backends import fail
    except ImportError:
        return None
    return None if isinstance(keyring.get_keyring(), fail.Keyring) else keyring


def _store_in_keyring(login: Login) -> bool:
    keyring = _keyring()
    if keyring is None:
        return False
    try:
        keyring.set_password(_SERVICE, _account(login), login.token)
    except Exception:  # noqa: BLE001 - each store has its own errors; the file is the other way
        return False
    return True


def _keyring_token(login: Login) -> str:
    keyring = _keyring()
    if keyring is None:
        return ""
    try:
        return keyring.get_password(_SERVICE, _account(login)) or ""
    except Exception as error:  # noqa: BLE001 - each store has its own errors
        raise _keyring_problem(error) from None


def _keyring_problem(error: Exception) -> LocalProblem:
    return LocalProblem(
        f"Daypass could not open the keyring: {error}. Unlock the keyring, and try again."
    )
