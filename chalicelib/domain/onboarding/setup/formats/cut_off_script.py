"""Build the parts of the AWS CLI script that create, switch or remove a cut-off, and the script
with these parts alone. Each constant whose name begins with an underscore is a part of the
script."""

from __future__ import annotations

import textwrap

from chalicelib.domain.onboarding.setup.formats.shell import (
    assemble_script,
    build_policy_deletion,
    build_role_deletion,
)
from chalicelib.domain.onboarding.setup.quoting import format_comment
from chalicelib.domain.onboarding.setup.resources import list_resources
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.policies.documents import pretty

_CHECK_CUT_OFF_ROLE = """\
# Do not change a role that only has the cut-off role's name.
existing_cut_off_role=$(aws iam get-role --role-name="$cut_off_role" --query Role.Arn \\
  --output text 2>/dev/null) || existing_cut_off_role=
if [ -n "$existing_cut_off_role" ] && [ "$existing_cut_off_role" != "$cut_off_role_arn" ]; then
  say "Another role has the cut-off role's name: $existing_cut_off_role. Nothing was changed."
  exit 1
fi"""

_CREATE_BRAKE = """\
# Create the brake, which is only a permissions boundary. If it exists, keep its version: it may be
# ending sessions at this moment.
if ! aws iam get-policy --policy-arn="$brake_arn" >/dev/null 2>&1; then
  aws iam create-policy --policy-name="$brake_name" --path="$cut_off_path" \\
    --description="$brake_description" --policy-document="$brake" >/dev/null
fi"""

_CREATE_CUT_OFF_ROLE = """\
# Create or update the cut-off role, with which Daypass can only end sessions.
if [ -n "$existing_cut_off_role" ]; then
  aws iam update-assume-role-policy --role-name="$cut_off_role" --policy-document="$cut_off_trust"
else
  aws iam create-role --role-name="$cut_off_role" --path="$cut_off_path" \\
    --description="$cut_off_description" --assume-role-policy-document="$cut_off_trust" >/dev/null
fi
aws iam put-role-policy --role-name="$cut_off_role" --policy-name="$cut_off_policy_name" \\
  --policy-document="$cut_off_permissions\""""

_DELETE_CUT_OFF_ROLE = f"""\
# Delete the cut-off role, which is not needed any more.
if [ -n "$existing_cut_off_role" ]; then
  printf '%s\\n' "Deleting the cut-off role $cut_off_role_arn."
{textwrap.indent(build_role_deletion("cut_off_role"), "  ")}fi"""

_DELETE_BRAKE = f"""\
# Delete the brake, which is not needed any more.
if aws iam get-policy --policy-arn="$brake_arn" >/dev/null 2>&1; then
  printf '%s\\n' "Deleting the brake $brake_arn."
{textwrap.indent(build_policy_deletion("brake_arn"), "  ")}fi"""

_REQUIRE_ROLE = """\
existing=$(aws iam get-role --role-name="$role" --query Role.Arn --output text 2>/dev/null) ||
  existing=
if [ "$existing" != "$arn" ]; then
  say "The role $arn does not exist. Nothing was changed."
  exit 1
fi
current_boundary=$(aws iam get-role --role-name="$role" --output text \\
  --query Role.PermissionsBoundary.PermissionsBoundaryArn)"""

_REFUSE_OTHER_BOUNDARY = """\
# Another permissions boundary is the role's real limit. Do not replace it.
case "$current_boundary" in
  None | "$brake_arn") ;;
  *)
    say "The role $role has another permissions boundary, $current_boundary. Nothing was changed."
    say "Ask the sender of this script for deny-all instead of the brake. It needs no boundary."
    exit 1 ;;
esac"""

_SET_BRAKE = """\
# Make the brake the role's permissions boundary. Released, it changes no permission of the role.
if [ "$current_boundary" != "$brake_arn" ]; then
  aws iam put-role-permissions-boundary --role-name="$role" --permissions-boundary="$brake_arn"
fi"""

_REMOVE_BRAKE = """\
# Remove the brake from the role.
if [ "$current_boundary" = "$brake_arn" ]; then
  printf '%s\\n' "Removing the permissions boundary $brake_arn of an earlier run."
  aws iam delete-role-permissions-boundary --role-name="$role"
fi"""


def build_cut_off_variables(spec: RoleSpec) -> dict[str, str]:
    """Return the shell variables of the parts of the script that `list_parts_before_boundary` and
    `list_parts_after_boundary` return. Return no variables if the client has no cut-off, and
    never had one."""
    if not spec.may_have_cut_off:
        return {}
    resources, names = list_resources(spec), spec.cut_off_names
    variables = {
        "cut_off_role": names.cut_off_role_name,
        "cut_off_role_arn": names.cut_off_role_arn,
        "brake_arn": names.brake_arn,
    }
    if (role := resources.get("CutOffRole")) is not None:
        (inline,) = role["Policies"]
        variables |= {
            "cut_off_path": role["Path"],
            "cut_off_description": role["Description"],
            "cut_off_trust": pretty(role["AssumeRolePolicyDocument"]),
            "cut_off_policy_name": inline["PolicyName"],
            "cut_off_permissions": pretty(inline["PolicyDocument"]),
        }
    if (brake := resources.get("Brake")) is not None:
        variables |= {
            "brake_name": brake["ManagedPolicyName"],
            "brake_description": brake["Description"],
            "brake": pretty(brake["PolicyDocument"]),
        }
    return variables


def list_parts_before_boundary(spec: RoleSpec) -> tuple[str, ...]:
    """Return the parts that check the cut-off role's name, and create the brake, before the script
    sets it as the role's permissions boundary."""
    check = (_CHECK_CUT_OFF_ROLE,) if spec.may_have_cut_off else ()
    return (*check, _CREATE_BRAKE) if spec.has_brake else check


def list_parts_after_boundary(spec: RoleSpec) -> tuple[str, ...]:
    """Return the parts that create the cut-off role, or delete what an earlier method needed, after
    the script has set or removed the role's permissions boundary."""
    if not spec.may_have_cut_off:
        return ()
    if spec.has_brake:
        return (_CREATE_CUT_OFF_ROLE,)
    return (_CREATE_CUT_OFF_ROLE if spec.has_cut_off else _DELETE_CUT_OFF_ROLE, _DELETE_BRAKE)


def build_cut_off_script(spec: RoleSpec) -> str:
    """Return a script that gives an existing role the cut-off of the spec's method, removes what an
    earlier method needed, and changes nothing else. With the method `brake`, a permissions
    boundary, it refuses a role that has another one. The last line on stdout is the role's ARN."""
    return assemble_script(
        format_comment(
            *spec.cut_off_header,
            "This script changes no permission and no trust policy of the role. It needs the AWS"
            " CLI and credentials of this account that can administer IAM.",
        ),
        {"account": spec.account_id, "role": spec.role_name, "arn": spec.role_arn}
        | build_cut_off_variables(spec),
        _REQUIRE_ROLE,
        _REFUSE_OTHER_BOUNDARY if spec.has_brake else "",
        *list_parts_before_boundary(spec),
        _SET_BRAKE if spec.has_brake else _REMOVE_BRAKE,
        *list_parts_after_boundary(spec),
        "printf '%s\\n' \"$arn\"",
    )
