"""One vend serves many processes. A refusal ends a session. A killed process leaves whole files."""

import json
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from tests.cli.samples import ANSWERS
from tests.cli.scripted_broker import TOKEN, send

TARGET = "acme-prod/readonly"
SESSIONS = "/v1/engagements/acme-prod/sessions"


def test_four_processes_at_once_vend_once(machine, broker):
    broker.delay = 0.3
    processes = [machine.start("creds", TARGET) for _ in range(4)]
    assert len({process.communicate(timeout=60) for process in processes}) == 1
    assert broker.vends == 1


def test_other_terms_and_another_member_are_another_session(machine):
    terms = [(TARGET,), ("acme-prod/deploy",), (TARGET, "--reason", "7"), (TARGET, "--as-agent")]
    keys = {machine.vend(*each) for each in terms}
    path = machine.store / "logins.json"
    path.write_text(path.read_text().replace('"alice"', '"bob"'))
    keys.add(machine.vend())
    assert len(keys) == len(terms) + 1


@pytest.mark.parametrize(("minutes", "fresh"), [(60, 40), (15, 7.5)])
def test_a_session_is_renewed_before_its_last_twenty_minutes_or_at_half_its_life(
    machine, broker, minutes, fresh
):
    broker.lifetime = timedelta(minutes=minutes)
    first = machine.vend()
    (path,) = machine.cached()
    entry = json.loads(path.read_text())
    assert entry["fresh_until"] - entry["stored_at"] == pytest.approx(fresh * 60, abs=2)
    make_stale(machine)
    assert machine.vend() != first


def test_a_refusal_is_remembered_so_that_a_loop_asks_once(machine, broker):
    broker.refuse(SESSIONS, "engagement-revoked", "This engagement has been revoked.")
    sentences = {machine.fails(3, "creds", TARGET) for _ in range(5)}
    assert broker.vends == 1
    assert sentences == {
        "Daypass: This engagement has been revoked. (engagement-revoked, request r-1)"
    }


def test_a_refusal_wipes_the_session_from_before_also_on_a_full_disk(machine, broker):
    machine.vend()
    make_stale(machine)
    broker.refuse(SESSIONS, "engagement-revoked", "This engagement has been revoked.")
    assert "engagement-revoked" in machine.with_fault("ENOSPC").fails(3, "creds", TARGET)
    assert machine.cached() == []


def test_without_an_answer_an_expired_session_does_not_serve(machine, broker):
    machine.vend()
    make_stale(machine, expires_at="2020-01-01T00:00:00Z")
    broker.refuse(SESSIONS, "timed-out", "Daypass did not answer in time.", 504)
    machine.fails(5, "creds", TARGET)


def make_stale(machine, **changes):
    (path,) = machine.cached()
    entry = json.loads(path.read_text()) | {"fresh_until": time.time() - 1} | changes
    path.write_text(json.dumps(entry))


def test_logout_and_done_wipe_the_cache_and_files_are_private(machine):
    for command in ("done", "logout"):
        machine.vend()
        for path in machine.store.rglob("*"):
            assert path.stat().st_mode & 0o077 == 0, path
        machine.prints(command)
        assert machine.cached() == []
    assert "daypass_alice_" not in (machine.store / "logins.json").read_text()
    assert machine.type("creds", TARGET).code == 4


def test_a_vend_that_outlasts_a_logout_keeps_and_gives_no_session(machine, broker):
    def log_out_and_vend(handler):
        (machine.store / "logins.json").write_text('{"current": "", "logins": {}}')
        send(handler, broker._vend("readonly")[1], 201)

    broker.answers[SESSIONS] = log_out_and_vend
    output = machine.type("creds", TARGET)
    assert (broker.vends, output.code, output.out) == (1, 4, "")
    assert [path for path in machine.cached() if "secret-access-key" in path.read_text()] == []


def test_a_new_token_at_another_broker_leaves_the_current_login(machine, broker):
    path = machine.store / "logins.json"
    stored = json.loads(path.read_text())
    stored["logins"]["http://127.0.0.1:1"] = {"member": "alice", "token": TOKEN}
    path.write_text(json.dumps({**stored, "current": "http://127.0.0.1:1"}))
    machine.prints("tokens", "--rotate", "--broker", broker.url)
    after = json.loads(path.read_text())
    assert after["current"] == "http://127.0.0.1:1"
    assert after["logins"][broker.url]["token"] != TOKEN


def test_a_login_does_not_meet_an_old_refusal(machine, broker):
    broker.refuse(SESSIONS, "token-expired", "This token has expired.", 401)
    assert machine.type("creds", TARGET).code == 4
    broker.answers.clear()
    broker.answers["/v1/enrol"] = 201, ANSWERS["/v1/enrol"] | {"member": "alice"}
    machine.prints("login", broker.url, stdin="daypass_enrol_alice_x\n")
    machine.vend()


@pytest.mark.parametrize("unsafe", ["readable", "link", "folder"])
def test_a_session_that_others_could_have_changed_is_not_used(machine, unsafe):
    machine.vend()
    (path,) = machine.cached()
    if unsafe == "readable":
        path.chmod(0o644)
    elif unsafe == "folder":
        path.unlink()
        path.mkdir(mode=0o700)
    else:
        path.rename(machine.home / "elsewhere.json")
        path.symlink_to(machine.home / "elsewhere.json")
    assert str(path) in machine.fails(6, "creds", TARGET)


def test_ctrl_c_frees_the_lock(machine, broker):
    broker.delay = 5
    process = machine.start("creds", TARGET)
    while not broker.vends:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (130, "", "")
    broker.delay = 0
    assert machine.vend()


def test_a_session_loads_few_modules(machine):
    fresh, cached = (modules_loaded_by(machine, "creds", TARGET) for _ in range(2))
    assert "daypass.sessions" in fresh
    assert not fresh & {"argparse", "daypass.command_line", "daypass.commands"}
    assert {name for name in cached if name.split(".")[0] == "daypass"} == {
        "daypass",
        "daypass.cached",
    }
    assert not cached & {"argparse", "http.client", "ssl", "email", "urllib.request"}


LOADED = "import sys; from daypass.command_line import run; run({}); print(*sys.modules)"


@pytest.mark.parametrize(
    ("words", "modules"),
    [
        (["--help"], set()),
        (["complete"], {"completion"}),
        (["grant", "--help"], {"people", "actions", "cut_offs", "questions", "declared"}),
    ],
)
def test_the_help_loads_no_command_and_a_command_few_others(machine, words, modules):
    script = [sys.executable, "-c", LOADED.format(words)]
    output = subprocess.check_output(script, env=machine.environment, text=True)
    loaded = set(output.splitlines()[-1].split())
    declaring = {name.rpartition(".")[2] for name in loaded if "daypass.commands." in name}
    assert declaring - {"leads"} == modules
    assert "people" in modules or not loaded & {"http.client", "ssl"}


def modules_loaded_by(machine, *words):
    machine.variables["PYTHONPROFILEIMPORTTIME"] = "1"
    output = machine.type(*words)
    assert output.code == 0
    return {line.rpartition("|")[2].strip() for line in output.err.splitlines()}


@pytest.mark.parametrize("words", [("--reason",), ("--broker",), ("--reason", "--as-agent")])
def test_an_option_without_its_value_is_refused_also_with_a_cached_session(machine, broker, words):
    machine.vend()
    machine.fails(2, "creds", TARGET, *words)
    assert broker.vends == 1
