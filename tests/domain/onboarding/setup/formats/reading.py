"""Read each format back, with an independent reader, into the role that it would create."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any

import yaml

from chalicelib.domain.onboarding.setup.boundary import build_boundary_policy
from chalicelib.domain.onboarding.setup.formats import cloudformation, plain, script, terraform
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.onboarding.setup.trust import build_trust_policy
from tests.domain.onboarding.setup.formats import hcl_reader
from tests.domain.onboarding.setup.formats.hcl_reader import Reference


@dataclass(frozen=True)
class Created:
    """The role that a format creates."""

    account_id: str
    name: str
    path: str
    description: str
    max_session_duration: int
    trust: Any
    inline: dict[str, Any]
    attached: tuple[str, ...]
    boundary_arn: str | None
    boundary: Any


def expected(spec: RoleSpec) -> Created:
    document = spec.permissions.document
    return Created(
        account_id=spec.account_id,
        name=spec.role_name,
        path=spec.path,
        description=spec.description,
        max_session_duration=spec.max_session_duration,
        trust=build_trust_policy(spec),
        inline={} if document is None else {"daypass-permissions": document},
        attached=() if spec.managed_policy_arn is None else (spec.managed_policy_arn,),
        boundary_arn=spec.permissions_boundary,
        boundary=build_boundary_policy() if spec.makes_boundary else None,
    )


def by_cloudformation(spec: RoleSpec) -> Created:
    template = yaml.safe_load(cloudformation.build_role_template(spec))
    resources = template["Resources"]
    role = resources["Role"]["Properties"]
    (assertion,) = template["Rules"]["RightAccount"]["Assertions"]
    boundary_arn = role.get("PermissionsBoundary")
    boundary = None
    if boundary_arn == {"Ref": "Boundary"}:
        managed = resources["Boundary"]["Properties"]
        boundary = managed["PolicyDocument"]
        boundary_arn = f"arn:aws:iam::{spec.account_id}:policy/{managed['ManagedPolicyName']}"
    return Created(
        account_id=assertion["Assert"]["Fn::Equals"][1],
        name=role["RoleName"],
        path=role["Path"],
        description=role["Description"],
        max_session_duration=role["MaxSessionDuration"],
        trust=role["AssumeRolePolicyDocument"],
        inline={
            policy["PolicyName"]: policy["PolicyDocument"] for policy in role.get("Policies", [])
        },
        attached=tuple(role.get("ManagedPolicyArns", [])),
        boundary_arn=boundary_arn,
        boundary=boundary,
    )


def by_terraform(spec: RoleSpec) -> Created:
    blocks = {
        block.kind: block
        for block in hcl_reader.read(terraform.build_role_configuration(spec)).blocks
    }
    role = blocks["resource", "aws_iam_role", "daypass"]
    (lifecycle,) = role.blocks
    (precondition,) = lifecycle.blocks
    inline = blocks.get(("resource", "aws_iam_role_policy", "daypass"))
    attachment = blocks.get(("resource", "aws_iam_role_policy_attachment", "daypass"))
    boundary_arn = role.settings.get("permissions_boundary")
    boundary = None
    if boundary_arn == Reference("aws_iam_policy.daypass_boundary.arn"):
        made = blocks["resource", "aws_iam_policy", "daypass_boundary"].settings
        boundary = made["policy"]["jsonencode"]
        boundary_arn = f"arn:aws:iam::{spec.account_id}:policy/{made['name']}"
    return Created(
        account_id=precondition.settings["condition"][1],
        name=role.settings["name"],
        path=role.settings["path"],
        description=role.settings["description"],
        max_session_duration=role.settings["max_session_duration"],
        trust=role.settings["assume_role_policy"]["jsonencode"],
        inline={inline.settings["name"]: inline.settings["policy"]["jsonencode"]} if inline else {},
        attached=(attachment.settings["policy_arn"],) if attachment else (),
        boundary_arn=boundary_arn,
        boundary=boundary,
    )


# A fake AWS CLI in a new account, which prints its arguments.
_AWS = """\
aws() {
  for argument in "$@"; do printf '%s\\0' "$argument" >&3; done
  printf '\\n\\0' >&3
  case "$1 $2" in
    "sts get-caller-identity") echo ACCOUNT ;;
    "iam get-role") ROLE ;;
    "iam get-policy") return 1 ;;
  esac
}
exec 3>&1 >/dev/null
"""


def calls_of(
    text: str, account_id: str, interpreter: str = "/bin/sh", role: str = "return 1"
) -> dict[str, dict[str, str]]:
    """Return the AWS CLI commands that the script runs, each with its options.

    `role` is the fake's response to get-role. By default the role does not exist.
    """
    aws = _AWS.replace("ACCOUNT", account_id).replace("ROLE", role)
    run = subprocess.run(
        [interpreter, "-c", aws + text],
        capture_output=True,
        check=True,
        env={"PATH": "/nonexistent"},
    )
    assert not run.stderr, run.stderr
    calls: dict[str, dict[str, str]] = {}
    for call in run.stdout.decode().split("\n\0")[:-1]:
        _, name, *options = call.rstrip("\0").split("\0")
        calls[name] = dict(option.split("=", 1) for option in options if "=" in option)
    return calls


def by_script(spec: RoleSpec, interpreter: str = "/bin/sh") -> Created:
    calls = calls_of(script.build_role_script(spec), spec.account_id, interpreter)
    role = calls["create-role"]
    inline = calls.get("put-role-policy")
    boundary = calls.get("create-policy")
    if boundary:
        name = boundary["--policy-name"]
        made = f"arn:aws:iam::{spec.account_id}:policy/{name}"
        assert made == role["--permissions-boundary"]
    return Created(
        account_id=spec.account_id,
        name=role["--role-name"],
        path=role["--path"],
        description=role["--description"],
        max_session_duration=int(role["--max-session-duration"]),
        trust=json.loads(role["--assume-role-policy-document"]),
        inline=(
            {inline["--policy-name"]: json.loads(inline["--policy-document"])} if inline else {}
        ),
        attached=(
            (calls["attach-role-policy"]["--policy-arn"],) if "attach-role-policy" in calls else ()
        ),
        boundary_arn=role.get("--permissions-boundary"),
        boundary=json.loads(boundary["--policy-document"]) if boundary else None,
    )


def by_plain(spec: RoleSpec) -> Created:
    files = {file.name: json.loads(file.text) for file in plain.build_policy_files(spec)}
    settings = {setting.name: setting.value for setting in plain.list_role_settings(spec)}
    inline = files.get("permissions-policy.json")
    return Created(
        account_id=spec.account_id,
        name=settings["RoleName"],
        path=settings["Path"],
        description=settings["Description"],
        max_session_duration=int(settings["MaxSessionDuration"]),
        trust=files["trust-policy.json"],
        inline={} if inline is None else {"daypass-permissions": inline},
        attached=(settings["PolicyArn"],) if "PolicyArn" in settings else (),
        boundary_arn=settings.get("PermissionsBoundary"),
        boundary=files.get("permissions-boundary.json"),
    )
