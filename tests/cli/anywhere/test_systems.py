"""The differences between Linux, macOS and Windows, with other systems' parts in place of these.

These tests need only pytest and the command: `.github/workflows/command.yml` runs them on the
systems themselves.
"""

import importlib.util
import ntpath
import os
import sys
import types

import pytest

from daypass import cached
from daypass.agents import profiles
from daypass.aws import shells
from daypass.errors import LocalProblem
from daypass.machine import files, programs
from daypass.targets import Target


@pytest.fixture
def windows(monkeypatch):
    """Let the command take this machine for Windows. Return its `os`."""
    system = types.SimpleNamespace(
        **{name: getattr(os, name) for name in ("access", "X_OK", "environ")}, path=ntpath
    )
    for module in (programs, shells):
        monkeypatch.setattr(module, "IS_WINDOWS", True)
    monkeypatch.setattr(programs, "os", system)
    return system


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (r"C:\tools\daypass.pyz", ["py", "-3", r"C:\tools\daypass.pyz"]),
        (r"C:\lib\daypass\__main__.py", [sys.executable, r"C:\lib\daypass"]),
        (r"C:\lib\daypass", [sys.executable, r"C:\lib\daypass"]),
        (r"C:\Scripts\daypass", [r"C:\Scripts\daypass.exe"]),
    ],
)
def test_a_profile_on_windows_starts_the_command_without_the_path(
    windows, monkeypatch, script, words
):
    monkeypatch.setattr(sys, "argv", [script])
    monkeypatch.setattr(ntpath, "isfile", lambda path: path == r"C:\Scripts\daypass.exe")
    assert programs.own_command() == words


@pytest.mark.parametrize(
    ("word", "on_windows", "elsewhere"),
    [
        (r"C:\tools\daypass.exe", r"C:\tools\daypass.exe", r"C:\\tools\\daypass.exe"),
        (r"C:\Program Files\d.exe", r'"C:\Program Files\d.exe"', r"C:\\Program\ Files\\d.exe"),
        ("https://a.example/api", "https://a.example/api", "https://a.example/api"),
        ("a&b", '"a&b"', r"a\&b"),
    ],
)
def test_a_word_of_a_profile_is_quoted_for_its_system(monkeypatch, word, on_windows, elsewhere):
    for is_windows, quoted in ((True, on_windows), (False, elsewhere)):
        monkeypatch.setattr(programs, "IS_WINDOWS", is_windows)
        assert programs.quote(word) == quoted


@pytest.mark.parametrize("is_windows", [True, False])
def test_no_reason_of_an_agent_is_read_back_as_another_client(monkeypatch, tmp_path, is_windows):
    """Windows keeps the blanks of a reason in quotes, without a mark before each."""
    monkeypatch.setattr(programs, "IS_WINDOWS", is_windows)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "daypass")])
    monkeypatch.setenv("DAYPASS_HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    reason = "look creds globex/admin --broker x --as-agent --reason y"
    written = []
    for target, text in ((Target("acme", "ro"), reason), (Target("acme", "deploy"), "")):
        profiles.write_profile("https://daypass.example/api", target, profiles.check_reason(text))
        written.append((tmp_path / "config").read_text().split("[profile ")[1])
    assert " creds acme/ro --broker " in written[0]
    assert written[0].splitlines()[:2] == written[1].splitlines()[:2]


@pytest.mark.parametrize(
    ("variables", "shell"), [({"PSMODULEPATH": "x"}, "powershell"), ({}, "cmd")]
)
def test_the_shell_on_windows_is_powershell_if_that_has_started_it(
    windows, monkeypatch, variables, shell
):
    monkeypatch.delenv("PSMODULEPATH", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert shells.detect_shell() == shell


@pytest.mark.parametrize(
    ("is_windows", "variables", "shell"),
    [
        (True, {"COMSPEC": r"C:\Windows\system32\cmd.exe"}, r"C:\Windows\system32\cmd.exe"),
        (False, {"SHELL": "/bin/zsh"}, "/bin/zsh"),
        (False, {}, "/bin/sh"),
    ],
)
def test_a_shell_is_the_one_of_the_person(monkeypatch, is_windows, variables, shell):
    monkeypatch.setattr(programs, "IS_WINDOWS", is_windows)
    monkeypatch.setattr(programs.os, "environ", variables)
    assert programs.find_shell() == shell


def test_a_program_on_windows_runs_to_its_end(monkeypatch):
    """Windows cannot run a program in the place of another."""
    monkeypatch.setattr(programs, "IS_WINDOWS", True)
    code = programs.run_instead([sys.executable, "-c", "raise SystemExit(7)"], dict(os.environ))
    assert code == 7


@pytest.mark.parametrize("name", ["Firefox.app/Contents/MacOS/firefox", "missing"])
def test_a_browser_of_macos_is_started_from_its_folder(monkeypatch, tmp_path, name):
    browser = tmp_path / "Firefox.app" / "Contents" / "MacOS" / "firefox"
    browser.parent.mkdir(parents=True)
    browser.write_text("")
    browser.chmod(0o755)
    started = []
    monkeypatch.setattr(programs.subprocess, "Popen", lambda words, **_: started.append(words))
    monkeypatch.setattr(programs.shutil, "which", lambda n: n if os.access(n, os.X_OK) else None)
    path = str(tmp_path / name)
    if name == "missing":
        with pytest.raises(LocalProblem, match="--print"):
            programs.start_browser(("no-firefox", path), "link")
    else:
        programs.start_browser(("no-firefox", path), "link")
        assert started == [[path, "link"]]


def test_without_a_browser_the_link_can_be_printed(monkeypatch):
    monkeypatch.setitem(sys.modules, "webbrowser", types.SimpleNamespace(open=lambda _: False))
    with pytest.raises(LocalProblem, match="--print"):
        programs.open_browser("https://a.example")


def load_files_as_windows(monkeypatch, held):
    """Return the module of files as Windows loads it, where another process holds the lock for so
    many tries, and the calls that it gets."""
    calls = []

    def locking(descriptor, mode, size):
        calls.append((mode, size))
        if len(calls) <= held:
            raise PermissionError(13, "Permission denied")

    msvcrt = types.SimpleNamespace(LK_NBLCK=2, locking=locking)
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    spec = importlib.util.spec_from_file_location("files_of_windows", files.__file__)
    module = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        spec.loader.exec_module(module)
    return module, calls


def test_a_lock_on_windows_waits_for_the_process_that_holds_it(monkeypatch, tmp_path):
    module, calls = load_files_as_windows(monkeypatch, held=2)
    with module.locked(str(tmp_path / "x.lock")):
        assert calls == [(2, 1)] * 3


def test_a_lock_on_windows_that_is_never_free_is_a_problem(monkeypatch, tmp_path):
    module, _ = load_files_as_windows(monkeypatch, held=10**6)
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.0)
    path = tmp_path / "x.lock"
    with path.open("wb") as file, pytest.raises(LocalProblem, match="Another daypass command"):
        module._wait_for_lock(file, str(path))


def test_windows_has_no_owners_and_no_permissions_to_check(monkeypatch, tmp_path):
    path = tmp_path / "logins.json"
    path.write_text("{}")
    path.chmod(0o666)
    monkeypatch.delattr(os, "geteuid", raising=False)
    assert cached.read_private_json(str(path)) == {}
    files.make_private_folder(str(tmp_path))
