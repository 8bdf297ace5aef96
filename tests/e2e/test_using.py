"""The command works as docs/using.md says, says why if it does not, and protects the token."""

import os
import subprocess
import sys

import pytest

from tests.builders import code_text_of
from tests.e2e.clients.machine import PROFILE, TARGET, MemberMachine
from tests.e2e.stories import blocks
from tests.running import ROOT

ACCOUNT = "987654321098"
CALLER_IDENTITY = "aws sts get-caller-identity --query Account --output text"


@pytest.fixture(scope="module")
def machine(started, tmp_path_factory):
    """Install from the broker as the page says, log in as Alice, and write profiles."""
    home = tmp_path_factory.mktemp("home")
    machine = MemberMachine(started, "alice", home, home / ".local" / "bin" / "daypass")
    (install,) = [text for kind, text in blocks("docs/using.md") if "cli.sha256" in text]
    installed = machine.run("sh", "-c", f"umask 022\n{install}", DAYPASS=started.url)
    assert (installed.code, installed.out, installed.err) == (0, "cli: OK\n", "")
    machine.set_up()
    return machine


def test_only_the_member_can_read_tokens_and_sessions_also_after_a_rotation(machine):
    store = machine.home / ".daypass"
    logins = store / "logins.json"
    before = logins.read_text()
    rotated = machine.type("tokens", "--rotate")
    assert (rotated.code, rotated.err, "daypass_" in rotated.out) == (0, "", False)
    after = logins.read_text()
    assert before != after
    machine.type("creds", TARGET)
    assert store.stat().st_mode & 0o777 == 0o700
    files = [path for path in store.rglob("*") if path.is_file()]
    assert {path.name for path in files} > {"logins.json"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}

    logins.write_text(before)
    again = machine.type("tokens", "--rotate")
    assert (again.code, again.out, "token-revoked" in again.err) == (4, "", True)
    assert logins.read_text() == before
    logins.write_text(after)


def test_a_refused_login_keeps_the_token_and_quotes_around_a_valid_code_do_no_harm(
    machine, started
):
    logins = machine.home / ".daypass" / "logins.json"
    before, code = logins.read_text(), code_text_of("nina")
    refused = machine.type("login", started.url, stdin=f"{code}\n")
    assert (refused.code, refused.out, code in refused.err) == (3, "", False)
    assert refused.err.startswith("Daypass: This code is invalid: it was mistyped, already used")
    assert logins.read_text() == before
    code = started.api("lena")("POST", "/v1/members/alice/enrolment")["code"]
    # The stack's output ends with a slash.
    output = machine.type("login", f"{started.url}/", stdin=f' "{code}" \n')
    assert (output.code, output.err) == (0, "")
    assert "You are logged in as alice until " in output.out


def test_a_profile_is_overridden_as_the_page_about_clients_says(machine, aws_cli):
    path = f"{aws_cli}:{machine.environment['PATH']}"
    keys = {"AWS_ACCESS_KEY_ID": "123456789012", "AWS_SECRET_ACCESS_KEY": "test"}
    keys["AWS_DEFAULT_REGION"] = machine.started.aws.region
    for variables, argument, account in (
        ({"AWS_PROFILE": PROFILE}, "", ACCOUNT),
        (keys | {"AWS_PROFILE": PROFILE}, "", "123456789012"),
        (keys, f" --profile {PROFILE}", ACCOUNT),
    ):
        output = machine.run("sh", "-c", f"{CALLER_IDENTITY}{argument}", PATH=path, **variables)
        assert (output.out, output.err) == (f"{account}\n", "")


def in_slack(started, typed):
    """Type a command as Alice, and return Slack's answer."""
    return subprocess.run(
        [sys.executable, "-m", "local.slack", "--as", "alice"],
        cwd=ROOT,
        env=os.environ | {"DAYPASS": started.url, "AWS_ENDPOINT_URL": started.aws.url},
        input=f"{typed}\n",
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout


def test_the_commands_that_slack_shows_work_where_a_member_is_logged_in(machine, started, aws_cli):
    answer = in_slack(started, "link")
    assert "\n│ daypass link-slack\n" in answer
    code = answer.partition("Your code is `")[2].partition("`")[0]
    linked = machine.type("link-slack", stdin=f"{code}\n")
    assert (linked.code, linked.err) == (0, "")
    assert linked.out.startswith("Your Slack account is linked until ")

    deploy = "/v1/engagements/acme-prod/roles/deploy"
    started.api("lena")("PATCH", deploy, allows_links=False)
    answer = in_slack(started, """access acme-prod deploy because it's "new" & $HOME""")
    (line,) = [line for line in answer.splitlines() if "daypass shell" in line]
    variables = {
        "SHELL": "/bin/sh",
        "PATH": f"{aws_cli}:{machine.environment['PATH']}",
        "AWS_DEFAULT_REGION": started.aws.region,
    }
    shell = machine.run("sh", "-c", line.removeprefix("│ "), stdin=CALLER_IDENTITY, **variables)
    assert (shell.code, shell.out) == (0, f"{ACCOUNT}\n")
