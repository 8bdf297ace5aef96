"""A session reaches programs by `daypass exec` and in a shell by `daypass env`, and one session
serves many calls."""

from chalicelib.domain.vending.sessions import MAX_SESSIONS
from tests.e2e.clients.machine import BUCKETS, PROFILE, TARGET
from tests.e2e.clients.sdks import REVOKED

LIST = "aws s3api list-buckets --query Buckets[].[Name] --output text"


def test_exec_and_env_give_a_program_and_a_shell_the_session_until_a_revocation(machine, aws_cli):
    enter = f'eval "$(daypass env {TARGET} --shell bash)"'
    path = f"{aws_cli}:{machine.environment['PATH']}"
    for command in (f"daypass exec {TARGET} -- {LIST}", f"{enter} && {LIST}"):
        variables = {"PATH": path, "AWS_DEFAULT_REGION": machine.started.aws.region}
        output = machine.run("bash", "-c", command, **variables)
        assert output.out.split() == BUCKETS, output.err

    machine.revoke()
    machine.age_cache()
    output = machine.type("exec", TARGET, "--", "touch", "started")
    assert (output.code, output.out) == (3, "")
    assert output.err.startswith(REVOKED)
    assert not (machine.home / "started").exists()
    script = f"export AWS_ACCESS_KEY_ID=earlier; {enter}; echo $? ${{AWS_ACCESS_KEY_ID-none}}"
    output = machine.run("bash", "-c", script)
    assert output.out == "1 none\n"
    assert output.err.startswith(REVOKED)


def test_more_calls_than_raise_an_alarm_use_one_session(machine, aws_cli):
    calls = MAX_SESSIONS + 5
    script = f"for _ in $(seq {calls}); do aws s3 ls > /dev/null || exit 1; done"
    path = f"{aws_cli}:{machine.environment['PATH']}"
    output = machine.run("sh", "-c", script, AWS_PROFILE=PROFILE, PATH=path)
    assert (output.code, output.err) == (0, "")
    assert len(machine.sessions()) == 1
