"""Read each format back, with an independent reader, into the role that it would create."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import Any

import yaml

from chalicelib.domain.onboarding.role_setup import SetupPart
from chalicelib.domain.onboarding.setup.formats import cloudformation, plain, script, terraform
from chalicelib.domain.onboarding.setup.resources import (
    build_boundary_policy,
    build_trust_policy,
    list_resources,
)
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.policies.brake import (
    CutOffNames,
    build_brake_permissions,
    build_brake_policy,
    build_cut_off_trust_policy,
    build_deny_all_permissions,
)
from tests.domain.onboarding.setup.formats import hcl_reader
from tests.domain.onboarding.setup.formats.hcl_reader import Reference
from tests.domain.onboarding.setup.specs import CUT_OFF_EXTERNAL_ID


@dataclass(frozen=True)
class CutOff:
    """The cut-off role that a format creates."""

    arn: str
    description: str
    trust: Any
    inline: dict[str, Any]


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
    cut_off: CutOff | None = None


def expected(spec: RoleSpec) -> Created:
    document = spec.permissions.document
    attached = spec.permissions.managed_policy_arn("aws")
    return Created(
        account_id=spec.account_id,
        name=spec.role_name,
        path=spec.arn.path,
        description=list_resources(spec)["Role"]["Description"],
        max_session_duration=spec.max_session_duration,
        trust=build_trust_policy(spec),
        inline={} if document is None else {"daypass-permissions": document},
        attached=() if attached is None else (attached,),
        boundary_arn=spec.permissions_boundary,
        boundary=build_boundary_policy()
        if spec.makes_boundary
        else build_brake_policy(CutOffNames(spec.role_arn))
        if spec.has_brake
        else None,
        cut_off=_expected_cut_off(spec),
    )


def _expected_cut_off(spec: RoleSpec) -> CutOff | None:
    if not spec.has_cut_off:
        return None
    names = CutOffNames(spec.role_arn)
    build = build_brake_permissions if spec.has_brake else build_deny_all_permissions
    return CutOff(
        arn=names.cut_off_role_arn,
        description=list_resources(spec)["CutOffRole"]["Description"],
        trust=build_cut_off_trust_policy(
            spec.firm.root_arn, spec.firm.broker_role_arn, CUT_OFF_EXTERNAL_ID
        ),
        inline={"daypass-cut-off": build(names)},
    )


def by_cloudformation(spec: RoleSpec) -> Created:
    template = yaml.safe_load(cloudformation.build_role_template(spec))
    resources = template["Resources"]
    role = resources["Role"]["Properties"]
    (assertion,) = template["Rules"]["RightAccount"]["Assertions"]
    boundary_arn = role.get("PermissionsBoundary")
    boundary = None
    if isinstance(boundary_arn, dict):
        managed = resources[boundary_arn["Ref"]]["Properties"]
        boundary = managed["PolicyDocument"]
        path = managed.get("Path", "/")
        boundary_arn = f"arn:aws:iam::{spec.account_id}:policy{path}{managed['ManagedPolicyName']}"
    cut_off = resources["CutOffRole"]["Properties"] if "CutOffRole" in resources else None
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
        cut_off=cut_off
        and CutOff(
            arn=f"arn:aws:iam::{spec.account_id}:role{cut_off['Path']}{cut_off['RoleName']}",
            description=cut_off["Description"],
            trust=cut_off["AssumeRolePolicyDocument"],
            inline={each["PolicyName"]: each["PolicyDocument"] for each in cut_off["Policies"]},
        ),
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
    if isinstance(boundary_arn, Reference):
        kind, name, _ = boundary_arn.text.split(".")
        made = blocks["resource", kind, name].settings
        boundary = made["policy"]["jsonencode"]
        path = made.get("path", "/")
        boundary_arn = f"arn:aws:iam::{spec.account_id}:policy{path}{made['name']}"
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
        cut_off=_cut_off_of_terraform(spec, blocks),
    )


def _cut_off_of_terraform(
    spec: RoleSpec, blocks: dict[tuple[str, ...], hcl_reader.Block]
) -> CutOff | None:
    if ("resource", "aws_iam_role", "daypass_cut_off") not in blocks:
        return None
    role = blocks["resource", "aws_iam_role", "daypass_cut_off"].settings
    policy = blocks["resource", "aws_iam_role_policy", "daypass_cut_off"].settings
    assert policy["role"] == Reference("aws_iam_role.daypass_cut_off.name")
    return CutOff(
        arn=f"arn:aws:iam::{spec.account_id}:role{role['path']}{role['name']}",
        description=role["description"],
        trust=role["assume_role_policy"]["jsonencode"],
        inline={policy["name"]: policy["policy"]["jsonencode"]},
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
    """Return the AWS CLI commands that the script runs, each with the options of its last run.

    `role` is the fake's response to get-role. By default the role does not exist.
    """
    return dict(all_calls_of(text, account_id, interpreter, role))


def all_calls_of(
    text: str, account_id: str, interpreter: str = "/bin/sh", role: str = "return 1"
) -> list[tuple[str, dict[str, str]]]:
    """Return the AWS CLI commands that the script runs, in their order, each with its options.

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
    return [
        (name, dict(option.split("=", 1) for option in options if "=" in option))
        for _, name, *options in (
            call.rstrip("\0").split("\0") for call in run.stdout.decode().split("\n\0")[:-1]
        )
    ]


def by_script(spec: RoleSpec, interpreter: str = "/bin/sh") -> Created:
    calls = all_calls_of(script.build_role_script(spec), spec.account_id, interpreter)

    def of(name: str, role: str) -> dict[str, str]:
        options = [each for call, each in calls if (call, each.get("--role-name")) == (name, role)]
        return options[0] if options else {}

    role = of("create-role", spec.role_name)
    inline = of("put-role-policy", spec.role_name)
    attached = of("attach-role-policy", spec.role_name)
    boundary = dict(calls).get("create-policy")
    if boundary:
        path = boundary.get("--path", "/")
        made = f"arn:aws:iam::{spec.account_id}:policy{path}{boundary['--policy-name']}"
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
        attached=(attached["--policy-arn"],) if attached else (),
        boundary_arn=role.get("--permissions-boundary"),
        boundary=json.loads(boundary["--policy-document"]) if boundary else None,
        cut_off=cut_off_of_calls(spec, calls),
    )


def cut_off_of_calls(spec: RoleSpec, calls: list[tuple[str, dict[str, str]]]) -> CutOff | None:
    """Return the cut-off role that these AWS CLI commands create."""
    created = [each for call, each in calls if call == "create-role" and "cut-off" in str(each)]
    roles = [each for each in created if each["--path"] == "/daypass-cut-off/"]
    if not roles:
        return None
    (role,) = roles
    (inline,) = (
        each
        for call, each in calls
        if (call, each.get("--role-name")) == ("put-role-policy", role["--role-name"])
    )
    return CutOff(
        arn=f"arn:aws:iam::{spec.account_id}:role{role['--path']}{role['--role-name']}",
        description=role["--description"],
        trust=json.loads(role["--assume-role-policy-document"]),
        inline={inline["--policy-name"]: json.loads(inline["--policy-document"])},
    )


def by_plain(spec: RoleSpec) -> Created:
    files = {file.name: json.loads(file.text) for file in plain.build_policy_files(spec)}
    settings = {setting.name: setting.value for setting in plain.list_settings(spec)}
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
        boundary=files.get("permissions-boundary.json", files.get("brake.json")),
        cut_off=_cut_off_of_plain(spec, files),
    )


def _cut_off_of_plain(spec: RoleSpec, files: dict[str, Any]) -> CutOff | None:
    if "cut-off-trust-policy.json" not in files:
        return None
    purposes = " ".join(file.purpose for file in plain.build_policy_files(spec, SetupPart.CUT_OFF))
    match = re.search(r"role, (\S+) with the path (\S+), which", purposes)
    assert match is not None
    return CutOff(
        arn=f"arn:aws:iam::{spec.account_id}:role{match[2]}{match[1]}",
        description=list_resources(spec)["CutOffRole"][
            "Description"
        ],  # the JSON format leaves it to the client
        trust=files["cut-off-trust-policy.json"],
        inline={"daypass-cut-off": files["cut-off-permissions.json"]},
    )
