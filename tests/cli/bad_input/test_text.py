"""Odd text from the keyboard, from files and from the environment."""

import os
import subprocess
import sys

from tests.rows import every

TARGET = "acme-prod/readonly"


WAYS = ("option", "variable")


def with_reason(machine, way, reason):
    """Return the words that give the reason in this way."""
    if way == "option":
        return "creds", TARGET, f"--reason={reason}"
    machine.variables["DAYPASS_REASON"] = reason
    return "creds", TARGET


@every("way", WAYS)
@every(
    "reason",
    [
        "a\tb",
        'it\'s "quoted"',
        "line\nline",
        "🚑 émergence",
        "$(id) `id` ${HOME}",
        "\\n",
        "-" * 3000,
    ],
)
def test_a_reason_reaches_the_broker_unchanged(new_machine, broker, reason, way):
    machine = new_machine()
    machine.prints(*with_reason(machine, way, reason))
    assert broker.requests[-1][3] == {"role": "readonly", "reason": reason}


@every("way", WAYS)
def test_a_reason_that_is_no_text_is_refused(new_machine, broker, way):
    machine = new_machine()
    words = with_reason(machine, way, os.fsdecode(b"caf\xe9"))
    assert "The reason is not UTF-8" in machine.fails(2, *words)
    assert broker.requests == []


@every("command", ["creds", "env", "use", "why"])
@every(
    "target",
    ["acme prod", "acme/../x", "acme/a/b", "/", "/readonly", "$(id)", "acme-prod\n", "é",
     "\x1b[2J", "1acme", "x" * 100_000, "acme-prod/READONLY", "acme-prod?x=y", "%2e%2e"],
)  # fmt: skip
def test_an_engagement_that_is_none(machine, broker, target, command):
    folder = machine.home / "work"
    folder.mkdir(exist_ok=True)
    output = machine.type(command, target, folder=folder)
    assert output.code == 2
    assert "engagement" in output.sentence
    assert len(output.sentence) < 400
    assert {path for _, path, _, _ in broker.requests} <= {"/v1/access?limit=200"}


def bind(machine, content):
    folder = machine.home / "cloned" / "deep" / "er"
    folder.mkdir(parents=True, exist_ok=True)
    (machine.home / "cloned" / ".daypass").write_bytes(content)
    return folder


def test_somebody_elses_daypass_file_does_not_count_until_trusted(machine, broker):
    folder = bind(machine, b"acme-prod/readonly\n")
    assert "you have not trusted this file yet" in machine.fails(2, "creds", folder=folder)
    assert broker.requests == []
    machine.prints("use", "--trust", folder=folder)
    machine.prints("creds", folder=folder)


def test_a_changed_file_is_to_be_trusted_again(machine, broker):
    folder = bind(machine, b"acme-prod/readonly\n")
    machine.type("use", "--trust", folder=folder)
    bind(machine, b"acme-prod/deploy\n")
    sentence = machine.fails(2, "creds", folder=folder)
    assert "names acme-prod/deploy, but you have not trusted this file yet" in sentence
    assert broker.requests == []


def test_a_trusted_file_is_not_trusted_elsewhere(machine):
    folder = bind(machine, b"acme-prod/readonly\n")
    machine.type("use", "--trust", folder=folder)
    moved = machine.home / "moved"
    (machine.home / "cloned").rename(moved)
    assert machine.type("creds", folder=moved).code == 2


@every(
    "content",
    [b"", b"\n", b"a/b\nc/d\n", b"acme-prod/readonly\n\n\nx", b"\xff\xfe", b"\x00" * 10,
     b"x" * 1_000_000, b"acme-prod/readonly # why", b"$(id)", b"\x1b[2Jacme/x", b"ACME/X\n"],
)  # fmt: skip
def test_a_file_that_is_none_cannot_be_trusted(machine, content):
    folder = bind(machine, content)
    for words in (("creds",), ("use", "--trust")):
        output = machine.type(*words, folder=folder)
        assert output.code in (2, 6)
        assert len(output.sentence) < 500
    assert not (machine.store / "trusted.json").exists()


def test_a_file_with_windows_line_ends_counts(machine):
    folder = bind(machine, b"acme-prod/readonly\r\n")
    machine.prints("use", "--trust", folder=folder)


def test_a_folder_in_its_place_is_passed_over(machine):
    folder = machine.home / "work"
    (folder / ".daypass").mkdir(parents=True)
    assert "Name an engagement" in machine.type("creds", folder=folder).sentence
    assert "is a folder" in machine.fails(6, "use", TARGET, folder=folder)


def test_a_folder_that_is_gone(machine):
    folder = machine.home / "work"
    folder.mkdir()
    code = f"import os, runpy, sys; os.rmdir({str(folder)!r}); sys.argv[1:] = ['creds']; "
    code += "runpy.run_module('daypass', run_name='__main__')"
    output = subprocess.run(
        [sys.executable, "-c", code],
        env=machine.environment, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert output.returncode == 6
    assert output.stderr == "Daypass: This folder no longer exists. Change to another one.\n"


@every("command", ["creds", "whoami", "logout", "login"])
@every("stored", ["", "null", "[]", "5", '{"current": 5}', "{", '"x"',
                                    '{"current": "x", "logins": []}', "[" * 100_000, "\x00",
                                    '{"current": "x", "logins": {"x": null}}'])  # fmt: skip
def test_a_broken_file_of_logins(new_machine, broker, stored, command):
    machine = new_machine()
    (machine.store / "logins.json").write_text(stored)
    words = {"creds": ("creds", TARGET), "login": ("login", broker.url)}.get(command, (command,))
    output = machine.type(*words, stdin="daypass_enrol_bob_x\n")
    assert output.code == (0 if command == "login" else 4), output
    if command != "login":
        assert "daypass login" in output.sentence


@every("entry", ["", "null", "[]", "{}", '{"key": []}', "{", "[" * 100_000])
def test_a_broken_cache_is_no_cache(new_machine, broker, entry):
    machine = new_machine()
    machine.vend()
    (path,) = machine.cached()
    path.write_text(entry)
    for command in ("done", "status"):
        machine.prints(command)
    path.write_text(entry)
    path.chmod(0o600)
    machine.vend()
    assert broker.vends == 2
