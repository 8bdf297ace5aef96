"""The operator's terminal: `make` in a folder, with AWS credentials."""

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

TABLE: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
}
"""A table that is none of Daypass's."""


@dataclass(frozen=True, slots=True)
class Operator(Terminal):
    """A terminal whose commands are run to their end, or killed."""

    def client(self, service: str, account: str = "") -> Any:
        """Return a client of the account's root user, or another account's."""
        return self.aws.as_root(account or self.account, service)

    def as_iam_user(self, *statements: dict[str, Any]) -> Operator:
        """Return this operator as an IAM user with only these permissions."""
        iam = self.client("iam")
        iam.create_user(UserName="deployer")
        policy = {"Version": "2012-10-17", "Statement": statements}
        iam.put_user_policy(
            UserName="deployer", PolicyName="deployer", PolicyDocument=json.dumps(policy)
        )
        key = iam.create_access_key(UserName="deployer")["AccessKey"]
        return replace(self, key=(key["AccessKeyId"], key["SecretAccessKey"]))

    def make(
        self, target: str, *, typed: str = "", **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command to its end. `typed` is its whole input."""
        return subprocess.run(
            self.command(target, settings),
            cwd=self.folder,
            env=self.environment,
            input=typed,
            capture_output=True,
            encoding="utf-8",
        )

    def output_of(self, target: str, **settings: str) -> str:
        """Run the command, which must succeed, and return its output."""
        process = self.make(target, **settings)
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout

    def deploy(self, **settings: str) -> str:
        return self.output_of("deploy", YES="1", PACKAGED=str(self.packaged), **settings)

    @contextmanager
    def deploying(self, until: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
        """Yield `make deploy` after it has printed `until`. Kill it when the block ends."""
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
                read_until(process, until)
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def stacks(self) -> dict[str, str]:
        """Map the stacks' names to their statuses."""
        stacks = self.client("cloudformation").describe_stacks()["Stacks"]
        return {stack["StackName"]: stack["StackStatus"] for stack in stacks}

    def fail_to_create(self, name: str) -> None:
        """Have AWS CloudFormation fail to create a stack of this name, and roll it back."""
        resource = {"Type": "AWS::DynamoDB::Table", "Properties": TABLE | {"TableName": "twice"}}
        template = {"Resources": {"One": resource, "Two": {**resource, "DependsOn": "One"}}}
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
        wait_until(lambda: self.stacks() == {name: "ROLLBACK_COMPLETE"})


def all_except(*denied: str) -> tuple[dict[str, Any], ...]:
    """Return statements that allow everything except these actions."""
    return (
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": list(denied), "Resource": "*"},
    )


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def read_until(process: subprocess.Popen[str], until: str) -> None:
    """Read the process's output up to and including this text."""
    assert process.stdout is not None
    printed = ""
    while until not in printed:
        character = process.stdout.read(1)
        assert character, f"The command ended before it printed {until!r}:\n{printed}"
        printed += character
