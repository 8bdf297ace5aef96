"""A kill, Ctrl-C or a full disk at every step leaves whole files, and the next run works."""

import json
import os
import shutil
import time

import pytest

from tests.cli.samples import STDIN
from tests.cli.typed import Machine

CONFIG = "[default]\nregion = eu-central-1"
MOST_STEPS = 150
RUNS = {
    "creds": ("creds", "acme-prod/readonly"),
    "configure": ("configure",),
    "login": ("login", "ADDRESS"),
    "use": ("use", "acme-prod/readonly"),
    "logout": ("logout",),
    "done": ("done",),
}
KILLED, INTERRUPTED = 9, 130


def run(machine, broker, command):
    words = (broker.url if word == "ADDRESS" else word for word in RUNS[command])
    folder = machine.home / "work"
    folder.mkdir(exist_ok=True)
    return machine.type(*words, stdin=STDIN["login"], folder=folder)


def prepare(machine):
    config = machine.home / ".aws" / "config"
    config.parent.mkdir(exist_ok=True)
    config.write_text(CONFIG)
    return config


def configured(machine, tmp_path_factory):
    """Return the configuration file that `configure` writes without a fault."""
    other = Machine(tmp_path_factory.mktemp("whole"))
    shutil.copytree(machine.store, other.store)
    config = prepare(other)
    other.prints("configure")
    return config.read_text()


def leftovers(machine):
    return [path for path in machine.home.rglob(".daypass-*") if path.is_file()]


def check_files(machine, configs):
    """Fail unless each file is whole."""
    for path in machine.store.rglob("*.json"):
        json.loads(path.read_text())
        assert path.stat().st_mode & 0o077 == 0, path
    assert (machine.home / ".aws" / "config").read_text() in configs


@pytest.mark.parametrize("fault", ["kill", "interrupt"])
@pytest.mark.parametrize("command", RUNS)
def test_each_step(machine, broker, tmp_path_factory, command, fault):
    config = prepare(machine)
    configs = {CONFIG, configured(machine, tmp_path_factory)}
    login = (machine.store / "logins.json").read_bytes()
    if command in ("logout", "done"):
        machine.vend()
    for step in range(1, MOST_STEPS):
        output = run(machine.with_fault(fault, step), broker, command)
        assert "Traceback" not in output.err, (step, output.err)
        assert "This is a bug" not in output.err, (step, output.err)
        if output.code == 0:
            break
        assert output.code == (KILLED if fault == "kill" else INTERRUPTED), (step, output)
        assert output.out == "", (step, output)
        check_files(machine, configs)
        if fault == "interrupt":
            assert leftovers(machine) == [], step
        config.write_text(CONFIG)
        (machine.store / "logins.json").write_bytes(login)
        if command not in ("logout", "done"):
            for path in machine.cached():
                path.unlink()
    assert 2 < step < MOST_STEPS - 1
    check_files(machine, configs)
    (machine.store / "logins.json").write_bytes(login)
    for path in machine.cached():
        path.unlink()
    assert run(machine, broker, command).code == 0
    (machine.store / "logins.json").write_bytes(login)
    machine.vend()


@pytest.mark.parametrize("command", ["creds", "configure"])
def test_what_killed_commands_leave_is_deleted(machine, broker, command):
    prepare(machine)
    for step in range(1, 25):
        run(machine.with_fault("kill", step), broker, command)
    assert leftovers(machine)
    long_ago = time.time() - 3600
    for path in leftovers(machine):
        os.utime(path, (long_ago, long_ago))
    for path in machine.cached():
        path.unlink()
    (machine.home / ".aws" / "config").write_text(CONFIG)
    assert run(machine, broker, command).code == 0
    folders = {"creds": machine.store / "cache", "configure": machine.home / ".aws"}
    assert [path for path in leftovers(machine) if path.parent == folders[command]] == []


def test_a_logout_deletes_the_sessions_that_killed_commands_left(machine, broker):
    for step in range(1, 25):
        run(machine.with_fault("kill", step), broker, "creds")
    machine.prints("logout")
    for path in machine.store.rglob("*"):
        assert path.is_dir() or "secret-access-key" not in path.read_text(), path


def test_a_temporary_file_of_a_running_command_stays(machine):
    (machine.store / "cache").mkdir(mode=0o700)
    path = machine.store / "cache" / ".daypass-other.tmp"
    path.write_text("half of it")
    machine.vend()
    assert path.exists()


@pytest.mark.parametrize(
    ("fault", "words"),
    [("ENOSPC", "No space left on device. Free some space"), ("EROFS", "Read-only file system.")],
)
@pytest.mark.parametrize("command", ["configure", "login", "use"])
def test_a_disk_that_takes_nothing(machine, broker, fault, words, command):
    config = prepare(machine)
    login = (machine.store / "logins.json").read_bytes()
    output = run(machine.with_fault(fault), broker, command)
    assert (output.code, words in output.sentence) == (6, True)
    assert config.read_text() == CONFIG
    assert (machine.store / "logins.json").read_bytes() == login
    assert leftovers(machine) == []


def test_on_a_full_disk_a_session_still_works(machine, broker):
    output = machine.with_fault("ENOSPC").type("creds", "acme-prod/readonly")
    assert output.code == 0
    assert json.loads(output.out)["AccessKeyId"]
    assert "The session works, but was not saved for reuse" in output.sentence


@pytest.mark.parametrize("fault", ["ENOSPC", "EROFS"])
@pytest.mark.parametrize("command", ["ls", "status", "whoami", "doctor"])
def test_a_disk_that_takes_nothing_does_not_matter_to_questions(machine, fault, command):
    machine.type("configure")
    output = machine.with_fault(fault).type(command)
    assert (output.code, output.err) == (0, "")


def test_a_file_in_place_of_the_folder(machine, tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    machine.variables["DAYPASS_HOME"] = str(path)
    for words in (("ls",), ("creds", "acme-prod/readonly"), ("login", "http://127.0.0.1:1")):
        output = machine.type(*words, stdin="daypass_enrol_a_x\n")
        assert output.code in (4, 5, 6)
        assert str(path) in output.sentence or "127.0.0.1" in output.sentence
