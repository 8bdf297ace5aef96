"""Measure the time to credentials: `daypass creds` beside other ways to assume a role.

All run as processes on the same local AWS. The others assume a role with the external ID directly,
with an IAM user's keys. Daypass answers from its cache, or asks the broker, which asks AWS STS.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chalicelib.entrypoints.http.files import zipapp
from local import sample_accounts
from local.endpoint import Endpoint
from tests.bench.reporting import say
from tests.bench.starts import print_beside
from tests.running import ROOT, Started, make_run

VENV = ROOT / "build" / "bench"
ROUNDS = 8
ROLE, USER, EXTERNAL_ID = "BenchRole", "bench", "unique-external-id-xyz123"
ROLE_ARN = f"arn:aws:iam::{sample_accounts.ACME.account}:role/{ROLE}"
BOTO3_SCRIPT = f"""\
import boto3
answer = boto3.client("sts").assume_role(
    RoleArn="{ROLE_ARN}", RoleSessionName="bench", ExternalId="{EXTERNAL_ID}"
)
print(answer["Credentials"]["AccessKeyId"])
"""
AWS_CLI = (
    *("sts", "assume-role", "--role-arn", ROLE_ARN, "--role-session-name", "bench"),
    *("--external-id", EXTERNAL_ID),
)
TARGET = "acme-prod/readonly"


def print_credentials() -> None:
    """Print the time from the start of each command to its end, beside a boto3 script's."""
    with make_run() as running, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environment = _prepare(running, home)
        aws = Path(sys.executable).parent / "aws"
        is_installed = _install()
        actions = {
            **_daypass(home, environment, is_installed=is_installed),
            "aws sts assume-role": _timed([str(aws), *AWS_CLI], environment),
            "boto3 script": _timed([sys.executable, "-c", BOTO3_SCRIPT], environment),
        }
        print_beside("time to credentials, in a process of its own", actions, rounds=ROUNDS)
    if not is_installed:
        say("  daypass by pip: not installed, because PyPI is out of reach\n")


def _prepare(running: Started, home: Path) -> dict[str, str]:
    """Create the role, the IAM user, a login and a profile. Return the environment."""
    keys = _create_role_and_user(running.aws)
    store = home / ".daypass"
    store.mkdir(mode=0o700)
    login = {"member": "alice", "token": running.tokens["alice"]}
    logins = {"current": running.url, "logins": {running.url: login}}
    (store / "logins.json").touch(mode=0o600)
    (store / "logins.json").write_text(json.dumps(logins))
    (home / ".aws").mkdir()
    credentials = (
        f"[default]\naws_access_key_id = {keys['AccessKeyId']}\n"
        f"aws_secret_access_key = {keys['SecretAccessKey']}\n"
    )
    (home / ".aws" / "credentials").write_text(credentials)
    return {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "AWS_ENDPOINT_URL_STS": running.aws.url,
        "AWS_DEFAULT_REGION": running.aws.region,
    }


def _create_role_and_user(aws: Endpoint) -> dict[str, str]:
    """Return the keys of a user of the firm's who may assume the client's role."""
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{sample_accounts.FIRM}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
    }
    aws.as_root(sample_accounts.ACME.account, "iam").create_role(
        RoleName=ROLE, AssumeRolePolicyDocument=_policy(trust)
    )
    iam = aws.as_root(sample_accounts.FIRM, "iam")
    iam.create_user(UserName=USER)
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE_ARN}
    iam.put_user_policy(UserName=USER, PolicyName="assume", PolicyDocument=_policy(allow))
    keys: dict[str, str] = iam.create_access_key(UserName=USER)["AccessKey"]
    return keys


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _daypass(
    home: Path, environment: dict[str, str], *, is_installed: bool
) -> dict[str, Callable[[], float]]:
    """Return the actions of the installed command, if it is, and of the downloaded one."""
    downloaded = home / "daypass"
    downloaded.write_bytes(zipapp())
    downloaded.chmod(0o755)
    commands = {"downloaded": downloaded}
    if is_installed:
        commands = {"installed": VENV / "bin" / "daypass", **commands}

    def empty_cache() -> None:
        shutil.rmtree(home / ".daypass" / "cache", ignore_errors=True)

    actions = {}
    for name, path in commands.items():
        command = [str(path), "creds", TARGET]
        actions[f"daypass {name}, fresh (goal 0.40)"] = _timed(command, environment, empty_cache)
        actions[f"daypass {name}, cached (goal 0.25)"] = _timed(command, environment)
        help_of_all = [str(path), "--help"]
        actions[f"daypass {name}, --help"] = _timed(help_of_all, environment, shows="verify-trail")
    return actions


def _install() -> bool:
    """Install the command, and return whether it worked: setuptools comes from PyPI."""
    with tempfile.TemporaryDirectory() as folder:
        sources = shutil.copytree(ROOT / "cli", Path(folder) / "cli")
        if not VENV.exists():
            subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        pip = [VENV / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        if subprocess.run([*pip, "--force-reinstall", sources]).returncode == 0:
            return True
    shutil.rmtree(VENV)
    return False


def _timed(
    command: list[str],
    environment: Mapping[str, str],
    prepare: Callable[[], None] = lambda: None,
    shows: str = "ASIA",
) -> Callable[[], float]:
    """Return an action that runs the command and returns its milliseconds."""

    def run() -> float:
        prepare()
        began = time.perf_counter()
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        milliseconds = (time.perf_counter() - began) * 1000
        if done.returncode != 0 or shows not in done.stdout:
            raise SystemExit(f"{command} did not work: {done.stdout}{done.stderr}")
        return milliseconds

    return run


if __name__ == "__main__":
    print_credentials()
