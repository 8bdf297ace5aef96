"""The operator's own terminal: `make` in a folder, with somebody's AWS credentials."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from local.rehearsal.operator import Terminal


@dataclass(frozen=True, slots=True)
class Operator(Terminal):
    """A terminal whose commands are run to their end, or killed."""

    def client(self, service: str, account: str = "") -> Any:
        """As the root user of the account, or of another."""
        return self.aws.as_root(account or self.account, service)

    def as_iam_user(self, *statements: dict[str, Any]) -> Operator:
        """The same operator, with a key that may do this and no more."""
        iam = self.client("iam")
        iam.create_user(UserName="deployer")
        policy = {"Version": "2012-10-17", "Statement": statements}
        iam.put_user_policy(UserName="deployer", PolicyName="it", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName="deployer")["AccessKey"]
        return replace(self, key=(key["AccessKeyId"], key["SecretAccessKey"]))

    def make(
        self, target: str, *, typed: str = "", **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end. Nobody is there to answer a question, but for what is typed ahead."""
        return subprocess.run(
            self.command(target, settings),
            cwd=self.folder,
            env=self.environment,
            input=typed,
            capture_output=True,
            encoding="utf-8",
        )

    def made(self, target: str, **settings: str) -> str:
        """What it prints, having come to a good end."""
        done = self.make(target, **settings)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def deploy(self, **settings: str) -> str:
        return self.made("deploy", YES="1", PACKAGED=str(self.packaged), **settings)

    @contextmanager
    def deploying(self, until: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
        """`make deploy`, which has just printed this. It is killed when the block ends."""
        settings = {"PACKAGED": str(self.packaged)} | settings
        with subprocess.Popen(
            self.command("deploy", settings),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        ) as process:
            try:
                read(process, until)
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def stacks(self) -> dict[str, str]:
        """The state of each, by its name."""
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        return {item["StackName"]: item["StackStatus"] for item in stacks}

    def fail_to_make(self, name: str) -> None:
        """Have AWS CloudFormation try to make such a stack, fail, and roll it back."""
        table = {
            "TableName": "twice",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        }
        made = {"Type": "AWS::DynamoDB::Table", "Properties": table}
        template = {"Resources": {"One": made, "Two": {**made, "DependsOn": "One"}}}
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
        eventually(lambda: self.stacks() == {name: "ROLLBACK_COMPLETE"})


def but(*denied: str) -> tuple[dict[str, Any], ...]:
    """Statements that allow everything, but for these actions."""
    return (
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": list(denied), "Resource": "*"},
    )


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def read(process: subprocess.Popen[str], until: str) -> None:
    """What it prints, as far as this."""
    assert process.stdout is not None
    printed = ""
    while until not in printed:
        read = process.stdout.read(1)
        assert read, f"It ended before it had printed {until!r}:\n{printed}"
        printed += read
