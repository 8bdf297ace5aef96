"""Create a role with each format, as the client's administrator does, and read the result."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from chalicelib.domain.onboarding.setup.formats import cloudformation, plain, script
from chalicelib.domain.onboarding.setup.resources import INLINE_POLICY_NAME
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from tests.domain.onboarding.setup.formats.reading import Created, CutOff
from tests.domain.onboarding.setup.formats.reading import by_plain as by_plain_as_read
from tests.e2e.setup.conftest import Aws

Creator = Callable[[Aws, RoleSpec], None]


def by_cloudformation(aws: Aws, spec: RoleSpec) -> None:
    client = aws.endpoint.as_root(spec.account_id, "cloudformation")
    name = cloudformation.build_stack_name(spec)
    client.create_stack(
        StackName=name,
        TemplateBody=cloudformation.build_role_template(spec),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    client.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 100}
    )
    (output,) = client.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    assert output["OutputValue"] == spec.role_arn


def by_script(aws: Aws, spec: RoleSpec) -> None:
    run = aws.run(script.build_role_script(spec), spec.account_id)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == f"{spec.role_arn}\n"


def by_script_in_bash(aws: Aws, spec: RoleSpec) -> None:
    run = aws.run(script.build_role_script(spec), spec.account_id, interpreter="bash")
    assert (run.returncode, run.stderr) == (0, "")


def by_plain(aws: Aws, spec: RoleSpec) -> None:
    files = {file.name: file.text for file in plain.build_policy_files(spec)}
    settings: dict[str, Any] = {each.name: each.value for each in plain.list_settings(spec)}
    managed = settings.pop("PolicyArn", None)
    settings["MaxSessionDuration"] = int(settings["MaxSessionDuration"])
    iam = aws.iam(spec.account_id)
    boundary = files.get("permissions-boundary.json", files.get("brake.json"))
    if boundary is not None:
        _create_boundary(iam, settings["PermissionsBoundary"], boundary)
    iam.create_role(AssumeRolePolicyDocument=files["trust-policy.json"], **settings)
    _attach(iam, spec.role_name, files.get("permissions-policy.json"), managed)
    if spec.has_cut_off:
        _create_cut_off_role(iam, by_plain_as_read(spec).cut_off)


def _create_boundary(iam: Any, arn: str, document: str) -> None:
    path, name = _path_and_name(arn)
    iam.create_policy(PolicyName=name, Path=path, PolicyDocument=document)


def _create_cut_off_role(iam: Any, role: CutOff | None) -> None:
    assert role is not None
    path, name = _path_and_name(role.arn)
    iam.create_role(
        RoleName=name,
        Path=path,
        Description=role.description,
        AssumeRolePolicyDocument=json.dumps(role.trust),
    )
    for policy_name, document in role.inline.items():
        iam.put_role_policy(
            RoleName=name, PolicyName=policy_name, PolicyDocument=json.dumps(document)
        )


def _path_and_name(arn: str) -> tuple[str, str]:
    path, _, name = arn.split(":", 5)[5].partition("/")[2].rpartition("/")
    return f"/{path}/" if path else "/", name


def _attach(iam: Any, role_name: str, inline: str | None, managed: str | None) -> None:
    if inline is not None:
        iam.put_role_policy(
            RoleName=role_name, PolicyName=INLINE_POLICY_NAME, PolicyDocument=inline
        )
    if managed is not None:
        iam.attach_role_policy(RoleName=role_name, PolicyArn=managed)


# Terraform cannot run here. tests/domain/onboarding/setup/formats reads its configuration.
CREATORS: list[Creator] = [by_cloudformation, by_script, by_script_in_bash, by_plain]


def role_in_iam(aws: Aws, spec: RoleSpec) -> Created:
    """Return the role as IAM has it."""
    iam = aws.iam(spec.account_id)
    role = iam.get_role(RoleName=spec.role_name)["Role"]
    assert role["Arn"] == spec.role_arn
    names = iam.list_role_policies(RoleName=spec.role_name)["PolicyNames"]
    attached = iam.list_attached_role_policies(RoleName=spec.role_name)["AttachedPolicies"]
    boundary_arn = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return Created(
        account_id=spec.account_id,
        name=role["RoleName"],
        path=role["Path"],
        description=role.get("Description", ""),
        max_session_duration=role["MaxSessionDuration"],
        trust=_document(role["AssumeRolePolicyDocument"]),
        inline={
            name: _document(
                iam.get_role_policy(RoleName=spec.role_name, PolicyName=name)["PolicyDocument"]
            )
            for name in names
        },
        attached=tuple(policy["PolicyArn"] for policy in attached),
        boundary_arn=boundary_arn,
        boundary=_managed(iam, boundary_arn)
        if boundary_arn and (spec.makes_boundary or spec.has_brake)
        else None,
        cut_off=cut_off_in_iam(aws, spec),
    )


def cut_off_in_iam(aws: Aws, spec: RoleSpec) -> CutOff | None:
    """Return the role's cut-off role as IAM has it, or None if it does not exist."""
    iam, name = aws.iam(spec.account_id), spec.cut_off_names.cut_off_role_name
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return CutOff(
        arn=role["Arn"],
        description=role.get("Description", ""),
        trust=_document(role["AssumeRolePolicyDocument"]),
        inline={
            policy: _document(
                iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            )
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        },
    )


def _managed(iam: Any, arn: str) -> Any:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    policy_version = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    return _document(policy_version["Document"])


def _document(value: Any) -> Any:
    return json.loads(unquote(value)) if isinstance(value, str) else value
