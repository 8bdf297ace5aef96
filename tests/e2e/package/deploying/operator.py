"""The operator's own terminal: `make` in a folder, with somebody's AWS credentials."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local.endpoint import Endpoint
from tests.running import ROOT

VENV = Path(sys.executable).parent.parent


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody with credentials. Without any of an IAM user, the account's root user."""

    aws: Endpoint
    account: str
    aws_cli: Path
    packaged: Path
    key: tuple[str, str] | None = None
    folder: Path = ROOT

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
            self._command(target, settings),
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
            self._command("deploy", settings),
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
        found = self.client("cloudformation").describe_stacks()["Stacks"]
        return {one["StackName"]: one["StackStatus"] for one in found}

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

    def _command(self, target: str, settings: dict[str, str]) -> list[str]:
        told = [f"{name}={value}" for name, value in settings.items()]
        # The tools are there: whatever the files' dates say, nothing is installed meanwhile.
        here = [f"VENV={VENV}", f"--old-file={VENV}/.made", f"AWS_CLI={self.aws_cli / 'aws'}"]
        return ["make", *here, target, *told]

    @property
    def environment(self) -> dict[str, str]:
        key_id, secret = self.key or (self.account, "test")
        return {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_DEFAULT_REGION": self.aws.region,
            "AWS_ACCESS_KEY_ID": key_id,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_MAX_ATTEMPTS": "1",
        }


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
