"""Build the AWS CLI format: a shell script for the client's administrator, safe to run again. Each
constant whose name begins with an underscore is a part of the script."""

from __future__ import annotations

from chalicelib.domain.onboarding.setup.formats.cut_off_script import (
    build_cut_off_variables,
    list_parts_after_boundary,
    list_parts_before_boundary,
)
from chalicelib.domain.onboarding.setup.formats.shell import assemble_script
from chalicelib.domain.onboarding.setup.permissions import PRESETS
from chalicelib.domain.onboarding.setup.quoting import format_comment
from chalicelib.domain.onboarding.setup.resources import (
    INLINE_POLICY_NAME,
    build_trust_policy,
    list_resources,
)
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.policies.documents import pretty

FILE = "daypass-role.sh"

# Use `--option="$value"`, not `--option "$value"`: a role's name may begin with a hyphen.
_CHECK_EXISTING = """\
overwrite= detach= keep=
for option in "$@"; do
  case "$option" in
    --overwrite) overwrite=yes ;;
    --detach=*) detach="$detach ${option#--detach=}" ;;
    --keep=*) keep="$keep ${option#--keep=}" ;;
    *)
      say "Unknown option $option. Use --overwrite, --detach=ARN or --keep=ARN."
      say "Nothing was changed."
      exit 1 ;;
  esac
done

# Create the role, or update it if it exists. Without --overwrite, the script changes no role that
# it did not create. IAM does not show who attached a policy. If it may have been you or an earlier
# run, the script detaches the policy only with --detach and its ARN.
existing=$(aws iam get-role --role-name="$role" --query Role.Arn --output text 2>/dev/null) ||
  existing=
if [ -n "$existing" ]; then
  if [ "$existing" != "$arn" ]; then
    say "Another role has this name: $existing. Nothing was changed."
    exit 1
  fi
  must_choose=
  current_description=$(aws iam get-role --role-name="$role" --query Role.Description --output text)
  case "$overwrite $current_description" in
    yes* | *Daypass*) ;;
    *)
      must_choose=yes
      say "The role $role exists, but this script did not create it."
      say "--overwrite replaces its trust policy, description and maximum session duration. It adds"
      say "this script's permissions to those that it has. Your own permissions boundary stays."
      ;;
  esac
  attached=$(aws iam list-attached-role-policies --role-name="$role" \\
    --query 'AttachedPolicies[].PolicyArn' --output text)
  for attached_arn in $attached; do
    case " $detach $keep " in
      *" $attached_arn "*) continue ;;
    esac
    case " $daypass_policies " in
      *" $attached_arn "*)
        must_choose=yes
        say "The role $role has the policy $attached_arn, which is not in this script."
        say "An earlier run or someone else attached it. Choose --detach=$attached_arn"
        say "or --keep=$attached_arn" ;;
    esac
  done
  if [ -n "$must_choose" ]; then
    say "Nothing was changed. Run the script again with the options that you choose."
    exit 1
  fi
  current_boundary=$(aws iam get-role --role-name="$role" --output text \\
    --query Role.PermissionsBoundary.PermissionsBoundaryArn)
fi"""

_REFUSE_OTHER_BOUNDARY = """\
# Do not replace a permissions boundary that may be the role's real limit.
if [ -n "$existing" ]; then
  case "$current_boundary" in
    {replaceable_boundaries}) ;;
    *)
      say "The role $role has another permissions boundary, $current_boundary. Nothing was changed."
      say "Ask the sender of this script to keep that boundary, or remove it and run this again."
      exit 1 ;;
  esac
fi"""

_REPLACE_TRUST_POLICY = """\
existing=$(aws iam get-role --role-name="$role" --query Role.Arn --output text 2>/dev/null) ||
  existing=
if [ "$existing" != "$arn" ]; then
  say "The role $arn does not exist. Nothing was changed."
  exit 1
fi

aws iam update-assume-role-policy --role-name="$role" --policy-document="$trust"
printf '%s\\n' "$arn\""""

_CREATE_BOUNDARY = """\
# Create or update the permissions boundary. IAM keeps five versions of a policy, so delete the
# old ones first.
if aws iam get-policy --policy-arn="$boundary_arn" >/dev/null 2>&1; then
  versions=$(aws iam list-policy-versions --policy-arn="$boundary_arn" \\
    --query 'Versions[?!IsDefaultVersion].VersionId' --output text)
  for version in $versions; do
    aws iam delete-policy-version --policy-arn="$boundary_arn" --version-id="$version"
  done
  aws iam create-policy-version --policy-arn="$boundary_arn" \\
    --policy-document="$boundary" --set-as-default >/dev/null
else
  aws iam create-policy --policy-name="$boundary_name" --description="$boundary_description" \\
    --policy-document="$boundary" >/dev/null
fi"""

_CREATE_OR_UPDATE_ROLE = """\
if [ -n "$existing" ]; then
  aws iam update-assume-role-policy --role-name="$role" --policy-document="$trust"
  aws iam update-role --role-name="$role" --description="$description" \\
    --max-session-duration="$max_session_duration"
  {update_boundary}
else
  aws iam create-role --role-name="$role" --path="$path" --description="$description" \\
    --max-session-duration="$max_session_duration" \\
    --assume-role-policy-document="$trust"{create_boundary} >/dev/null
fi"""

_SET_BOUNDARY = """\
case "$current_boundary" in
    None | "$boundary_arn") ;;
    *)
      printf '%s\\n' "Replacing the permissions boundary $current_boundary of an earlier run." ;;
  esac
  aws iam put-role-permissions-boundary --role-name="$role" \\
    --permissions-boundary="$boundary_arn\""""
_REMOVE_BOUNDARY = """\
case "$current_boundary" in
    None) ;;
    {our_boundaries})
      printf '%s\\n' "Removing the permissions boundary $current_boundary of an earlier run."
      aws iam delete-role-permissions-boundary --role-name="$role" ;;
    *) say "Someone else set the permissions boundary $current_boundary. It stays." ;;
  esac"""

_ATTACH_MANAGED_POLICY = """\
# Attach the permissions policy.
aws iam attach-role-policy --role-name="$role" --policy-arn="$policy_arn\""""
_PUT_INLINE_POLICY = """\
# Set the permissions policy.
aws iam put-role-policy --role-name="$role" --policy-name="$policy_name" \\
  --policy-document="$permissions\""""

_REMOVE_OTHER_POLICIES = """\
# Report each policy before removing it, and each other policy that stays.
inline=$(aws iam list-role-policies --role-name="$role" --query PolicyNames --output text)
for name in $inline; do
  if [ "$name" != "$policy_name" ]; then
    say "This role also has the inline policy $name from someone else. It stays."
  elif [ -z "$permissions" ]; then
    printf '%s\\n' "Removing the inline policy $name, which an earlier run added."
    aws iam delete-role-policy --role-name="$role" --policy-name="$name"
  fi
done
attached=$(aws iam list-attached-role-policies --role-name="$role" \\
  --query 'AttachedPolicies[].PolicyArn' --output text)
for attached_arn in $attached; do
  case " $policy_arn $detach " in
    " $attached_arn "*) ;;
    *" $attached_arn "*)
      printf '%s\\n' "Removing the policy $attached_arn, as you chose."
      aws iam detach-role-policy --role-name="$role" --policy-arn="$attached_arn" ;;
    *) say "This role also has the policy $attached_arn, which is not in this script. It stays." ;;
  esac
done
printf '%s\\n' "$arn\""""


def build_role_script(spec: RoleSpec) -> str:
    """Return the script that creates the role, or updates it.

    The script refuses to run in any AWS account but the engagement's. Without --overwrite it
    changes no role that it did not create. It detaches only the policies that --detach names, and
    never removes the client's own permissions boundary. It reports on stderr each policy and
    boundary of the client's that stays. The last line on stdout is the role's ARN.
    """
    role = spec.role_name
    has_boundary = spec.permissions_boundary is not None
    cut_off_variables = build_cut_off_variables(spec)
    # Shell patterns of boundaries: those that earlier runs can have set, and those that this run
    # may replace with `boundary_arn`.
    our_boundaries = '"$daypass_boundary_arn"'
    if cut_off_variables:
        our_boundaries += ' | "$brake_arn"'
    replaceable_boundaries = 'None | "$boundary_arn"'
    # A brake limits nothing until Daypass ends sessions. It must not replace a boundary that limits
    # the role, even one of an earlier run.
    if not spec.has_brake:
        replaceable_boundaries += f" | {our_boundaries}"
    return assemble_script(
        format_comment(
            *spec.header,
            "This script needs the AWS CLI and credentials of this account that can administer"
            " IAM.",
            "The script detaches only policies that you name. If you have to choose, the script"
            " stops before it changes anything.",
            f"To remove this access, delete the role {role}. That also ends the role's active"
            " sessions.",
        ),
        _build_variables(spec) | cut_off_variables,
        _CHECK_EXISTING,
        _REFUSE_OTHER_BOUNDARY.format(replaceable_boundaries=replaceable_boundaries)
        if has_boundary
        else "",
        *list_parts_before_boundary(spec),
        _CREATE_BOUNDARY if spec.makes_boundary else "",
        _CREATE_OR_UPDATE_ROLE.format(
            update_boundary=_SET_BOUNDARY
            if has_boundary
            else _REMOVE_BOUNDARY.format(our_boundaries=our_boundaries),
            create_boundary=' --permissions-boundary="$boundary_arn"' if has_boundary else "",
        ),
        _ATTACH_MANAGED_POLICY if spec.permissions.document is None else _PUT_INLINE_POLICY,
        *list_parts_after_boundary(spec),
        _REMOVE_OTHER_POLICIES,
    )


def build_trust_policy_script(spec: RoleSpec) -> str:
    """Return a script that replaces an existing role's trust policy and changes nothing else."""
    return assemble_script(
        format_comment(
            *spec.trust_header,
            "This script replaces the role's whole trust policy. Everyone else that the old"
            " policy trusted loses access. The role's permissions stay as they are.",
            "This script needs the AWS CLI and credentials of this account that can administer"
            " IAM.",
        ),
        {
            "account": spec.account_id,
            "role": spec.role_name,
            "arn": spec.role_arn,
            "trust": pretty(build_trust_policy(spec)),
        },
        _REPLACE_TRUST_POLICY,
    )


def _build_variables(spec: RoleSpec) -> dict[str, str]:
    """Return the values of the script's shell variables by name.

    `boundary_arn` is the role's permissions boundary, if it has one. `daypass_boundary_arn` is the
    boundary that Daypass specifies, which an earlier run may have created for the role.
    """
    resources = list_resources(spec)
    role = resources["Role"]
    # A role has at most one managed policy and one inline policy.
    (policy_arn,) = role.get("ManagedPolicyArns", [""])
    (inline,) = role.get("Policies", [None])
    variables = {
        "account": spec.account_id,
        "role": role["RoleName"],
        "path": role["Path"],
        "arn": spec.role_arn,
        "description": role["Description"],
        "max_session_duration": str(role["MaxSessionDuration"]),
        "trust": pretty(role["AssumeRolePolicyDocument"]),
        "policy_name": INLINE_POLICY_NAME,
        "permissions": pretty(inline["PolicyDocument"]) if inline else "",
        "policy_arn": policy_arn,
        "daypass_boundary_arn": spec.daypass_boundary_arn,
    }
    if spec.permissions_boundary is not None:
        variables["boundary_arn"] = spec.permissions_boundary
    if (boundary := resources.get("Boundary")) is not None:
        variables["boundary_name"] = boundary["ManagedPolicyName"]
        variables["boundary_description"] = boundary["Description"]
        variables["boundary"] = pretty(boundary["PolicyDocument"])
    # AWS managed policies that an earlier run may have attached, for another choice of permissions.
    # If the role has one, the script asks whether to detach it.
    preset_arns = [preset.managed_policy_arn(spec.arn.partition) for preset in PRESETS]
    variables["daypass_policies"] = " ".join(
        arn for arn in preset_arns if arn and arn != policy_arn
    )
    return variables
