"""The cache, the logins and the brokers of one machine can be in several places."""

import json
import os

import pytest

from tests.cli.scripted_broker import TOKEN

TARGET = "acme-prod/readonly"


@pytest.mark.parametrize("words", [("creds", TARGET), ("exec", TARGET, "--", "true")])
def test_a_read_only_home_works_with_a_cache_elsewhere(
    machine, broker, tmp_path_factory,
    words
):  # fmt: skip
    read_only = machine.with_fault("EROFS")
    assert "DAYPASS_CACHE" in read_only.fails(6, *words)
    cache = tmp_path_factory.mktemp("cache") / "daypass"
    read_only.variables["DAYPASS_CACHE"] = str(cache)
    for _ in range(2):
        output = read_only.type(*words)
        assert (output.code, output.err) == (0, "")
    assert broker.vends == 1
    assert cache.stat().st_mode & 0o077 == 0
    assert len(list(cache.glob("*.json"))) == 1
    assert not (machine.store / "cache").exists()


@pytest.fixture
def linked(machine):
    """The logins are a link to a file in a folder of the person's settings."""
    folder = machine.home / "dotfiles"
    folder.mkdir()
    (machine.store / "logins.json").rename(folder / "logins.json")
    (machine.store / "logins.json").symlink_to(folder / "logins.json")
    return folder / "logins.json"


def test_the_logins_may_be_a_link_to_a_file_that_others_cannot_read(machine, linked):
    machine.vend()
    machine.prints("tokens", "--rotate")
    assert (machine.store / "logins.json").is_symlink()
    assert "daypass_alice_new" in linked.read_text()
    assert linked.stat().st_mode & 0o077 == 0
    linked.chmod(0o644)
    assert "chmod 600" in machine.fails(6, "creds", TARGET)


def test_not_a_link_of_or_to_another_users_file(machine, linked):
    if os.geteuid() != 0:
        pytest.skip("Only root can give a file away (.ci/run is root).")
    link = machine.store / "logins.json"
    for path in (link, linked):
        os.chown(path, 65534, 65534, follow_symlinks=False)
        assert str(link) in machine.fails(6, "creds", TARGET), path
        os.chown(path, 0, 0, follow_symlinks=False)


@pytest.fixture
def mounted(machine):
    """Mount the logins as Kubernetes mounts a secret: a link to a file in a folder that is a link
    itself, which Kubernetes replaces at each change. Return the file."""
    data = machine.store / "..2026_12_02"
    data.mkdir()
    (machine.store / "..data").symlink_to(data.name)
    (machine.store / "logins.json").rename(data / "logins.json")
    (machine.store / "logins.json").symlink_to("..data/logins.json")
    return data / "logins.json"


@pytest.mark.parametrize(
    ("user", "mode", "code"),
    [
        (0, 0o400, 0),  # a container of root's
        (65534, 0o440, 0),  # another user's container, whose fsGroup may read the secret
        (65534, 0o444, 6),
        (65534, 0o460, 6),
        (0, 0o440, 6),
    ],
)
def test_a_mounted_secret_serves_with_a_cache_elsewhere(
    machine, broker, tmp_path_factory, mounted, monkeypatch, user, mode, code
):
    if os.geteuid() != 0:
        pytest.skip("A secret is root's (.ci/run is root).")
    cache = tmp_path_factory.mktemp("cache")
    machine.variables["DAYPASS_CACHE"] = str(cache)
    mounted.chmod(mode)
    os.chown(cache, user, user)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    output = machine.type("creds", TARGET)
    assert output.code == code, output.err
    assert ("chmod 600" in output.err) == bool(code)


def test_a_mounted_secret_may_change(machine, broker, mounted):
    """Kubernetes puts the new file into a new folder, and renames the link to it."""
    new = machine.store / "..2026_12_03"
    new.mkdir()
    changed = mounted.read_text().replace(TOKEN, TOKEN[:-1] + "y")
    (new / "logins.json").write_text(changed)
    (new / "logins.json").chmod(0o400)
    (machine.store / "..new").symlink_to(new.name)
    (machine.store / "..new").rename(machine.store / "..data")
    machine.vend()
    assert broker.requests[-1][2]["Authorization"].endswith("y")


@pytest.fixture
def other(machine, broker):
    """Log in at a second broker, which becomes the current one. Return its address."""
    address = broker.url.replace("127.0.0.1", "localhost")
    path = machine.store / "logins.json"
    logins = json.loads(path.read_text())["logins"]
    logins[address] = {"member": "alice", "token": TOKEN}
    path.write_text(json.dumps({"current": address, "logins": logins}))
    return address


@pytest.mark.parametrize("words", [("logout",), ("login",)])
def test_a_logout_or_a_login_leaves_the_sessions_of_other_brokers(machine, broker, other, words):
    for address in (broker.url, other):
        machine.type("creds", TARGET, "--broker", address)
    if words == ("login",):
        machine.prints("login", other, stdin="daypass_enrol_bob_x\n")
    else:
        assert "Deleted 1 cached session" in machine.prints("logout", "--broker", other)
    (left,) = machine.cached()
    assert json.loads(left.read_text())["key"][0] == broker.url


def test_a_logout_also_deletes_what_it_cannot_read(machine):
    machine.vend()
    (path,) = machine.cached()
    path.write_text('{"credentials": {}}')
    machine.prints("logout")
    assert machine.cached() == []


@pytest.mark.parametrize("words", [("use", TARGET), ("use", "--trust")])
def test_a_folder_stays_with_the_broker_for_which_it_was_bound(machine, broker, other, words):
    folder = machine.home / "work"
    folder.mkdir()
    (folder / ".daypass").write_text(f"{TARGET}\n")
    shown = machine.prints(*words, "--broker", broker.url, folder=folder)
    assert f"at {broker.url}" in shown
    machine.variables["DAYPASS"] = other
    for options in ((), ("--broker", other)):
        machine.prints("creds", *options, folder=folder)
        machine.prints("exec", *options, "--", "true", folder=folder)
    keys = [json.loads(path.read_text())["key"] for path in machine.cached()]
    assert {key[0] for key in keys} == {broker.url, other}
    assert len(keys) == 2
    machine.type("logout", "--broker", broker.url)
    assert f"not logged in at {broker.url}" in machine.fails(4, "creds", folder=folder)
