"""A session reaches programs by `daypass exec` and in a shell by `daypass env`, and one session
serves many calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalicelib.domain.vending.sessions import MAX_SESSIONS
from tests.e2e.clients.machine import BUCKETS, PROFILE, TARGET, MemberMachine, listing
from tests.e2e.clients.sdks import CLIENTS, REVOKED, Client, Programs

LIST = "aws s3api list-buckets --query 'Buckets[].[Name]' --output text"


@pytest.fixture
def region(machine: MemberMachine) -> str:
    return machine.started.aws.region


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_exec_gives_a_program_the_session(
    machine: MemberMachine, client: Client, programs: Programs, region: str
) -> None:
    command = [str(machine.daypass), "exec", TARGET, "--", *programs.command(client)]
    with listing(machine, command, AWS_REGION=region) as program:
        assert program.buckets() == BUCKETS, program.errors


def test_exec_does_not_start_the_program_after_a_revocation(machine: MemberMachine) -> None:
    machine.revoke()
    output = machine.type("exec", TARGET, "--", "touch", "started")
    assert (output.code, output.out) == (3, "")
    assert output.err.startswith(REVOKED)
    assert not (machine.home / "started").exists()


def test_env_gives_bash_the_session_and_takes_it_away_after_a_revocation(
    machine: MemberMachine, aws_cli: Path, region: str
) -> None:
    enter = f'eval "$(daypass env {TARGET} --shell bash)"'
    path = f"{aws_cli}:{machine.environment['PATH']}"
    output = machine.run("bash", "-c", f"{enter} && {LIST}", PATH=path, AWS_DEFAULT_REGION=region)
    assert output.out.split() == BUCKETS, output.err

    machine.revoke()
    machine.age_cache()
    script = f"export AWS_ACCESS_KEY_ID=earlier; {enter}; echo $? ${{AWS_ACCESS_KEY_ID-none}}"
    output = machine.run("bash", "-c", script)
    assert output.out == "1 none\n"
    assert output.err.startswith(REVOKED)


def test_more_calls_than_raise_an_alarm_use_one_session(
    machine: MemberMachine, aws_cli: Path
) -> None:
    calls = MAX_SESSIONS + 5
    script = f"for _ in $(seq {calls}); do aws s3 ls > /dev/null || exit 1; done"
    path = f"{aws_cli}:{machine.environment['PATH']}"
    output = machine.run("sh", "-c", script, AWS_PROFILE=PROFILE, PATH=path)
    assert (output.code, output.err) == (0, "")
    assert len(machine.sessions()) == 1
