"""A token in the operating system's keyring, also one that is locked or has lost it."""

import json

import pytest

from tests.cli.scripted_broker import TOKEN
from tests.running import ROOT

KEYRING = """
import os, pathlib
STORE = pathlib.Path(__file__).with_name("token")
def _open():
    if STORE.with_name("locked").exists():
        raise RuntimeError("locked")
def get_keyring():
    return None
def get_password(service, account):
    _open()
    return STORE.read_text() if STORE.exists() else None
def delete_password(service, account):
    _open()
    STORE.unlink()
"""


@pytest.fixture
def keyring(machine, broker, tmp_path):
    """The folder of a keyring that holds the token of the machine's login. The machine also has a
    cached session."""
    folder = tmp_path / "packages" / "keyring"
    (folder / "backends").mkdir(parents=True)
    (folder / "__init__.py").write_text(KEYRING)
    (folder / "backends" / "__init__.py").touch()
    (folder / "backends" / "fail.py").write_text("class Keyring: pass\n")
    (folder / "token").write_text(TOKEN)
    machine.variables["PYTHONPATH"] = f"{folder.parent}:{ROOT / 'cli'}"
    machine.log_in(broker.url, token="")
    machine.vend()
    return folder


def is_logged_in(machine):
    return bool(json.loads((machine.store / "logins.json").read_text())["logins"])


def test_a_logout_deletes_the_token(machine, keyring):
    machine.prints("logout")
    assert not (keyring / "token").exists()
    assert (is_logged_in(machine), machine.cached()) == (False, [])


def test_a_logout_deletes_the_sessions_also_if_the_keyring_stays_locked(machine, keyring):
    (keyring / "locked").touch()
    assert "Unlock the keyring, and try again" in machine.fails(6, "logout")
    assert (is_logged_in(machine), machine.cached()) == (True, [])
    (keyring / "locked").unlink()
    machine.prints("logout")
    assert not is_logged_in(machine)


def test_a_logout_works_also_if_the_keyring_has_lost_the_token(machine, keyring):
    (keyring / "token").unlink()
    machine.prints("logout")
    assert (is_logged_in(machine), machine.cached()) == (False, [])


@pytest.mark.parametrize("is_locked", [False, True])
def test_a_logout_with_the_token_in_the_file_also_deletes_an_older_one(
    machine, broker, keyring, *, is_locked
):
    machine.log_in(broker.url)
    if is_locked:
        (keyring / "locked").touch()
    machine.prints("logout")
    assert (is_logged_in(machine), (keyring / "token").exists()) == (False, is_locked)


def test_done_deletes_the_sessions_while_the_keyring_is_locked(machine, keyring):
    (keyring / "locked").touch()
    output = machine.type("done")
    assert output.code == 6
    assert "Unlock the keyring" in output.err
    assert machine.cached() == []
