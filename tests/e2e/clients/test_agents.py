"""An agent with the command that the broker serves, the MCP SDK and the AWS CLI."""

from __future__ import annotations

from pathlib import Path

from tests.cli.agents.client import judged
from tests.e2e.clients.machine import BUCKETS, MemberMachine

PROFILE = "acme-prod-readonly-agent"
LIST = "aws s3api list-buckets --query 'Buckets[].[Name]' --output text"
READ = "aws s3 cp s3://acme-website-assets/index.html -"


def test_the_aws_cli_uses_the_profile_that_an_agent_has_prepared(
    machine: MemberMachine, aws_cli: Path
) -> None:
    """The agent lists the buckets and reads no file. Its person reads the file."""
    variables = {
        "PATH": f"{aws_cli}:{machine.environment['PATH']}",
        "PYTHONPATH": str(machine.daypass),
        "AWS_DEFAULT_REGION": machine.started.aws.region,
    }
    seen, _ = judged(
        lambda *words, stdin: machine.run(*words, stdin=stdin, **variables),
        ("prepare_profile", {"engagement": "acme-prod"}),
        ("my_sessions", {}),
    )
    prepared, sessions = (result["value"] for result in seen["results"])
    assert prepared["profile"] == PROFILE
    (session,) = sessions["result"]
    assert session["session_name"] == prepared["session_name"]
    assert session["session_name"].endswith(".agent")

    output = machine.run("bash", "-c", f"{LIST} --profile {PROFILE}", **variables)
    assert output.out.split() == BUCKETS, output.err
    assert machine.run("bash", "-c", f"{READ} --profile {PROFILE}", **variables).code != 0
    person = machine.run(
        "bash", "-c", f"{READ} --profile {PROFILE.removesuffix('-agent')}", **variables
    )
    assert "Acme" in person.out, person.err
    assert len(machine.sessions()) == 2
