#!/bin/sh

# Remove the cut-off of the role ContractorRole for Initrode Consulting (AWS account 123456789012)
# in Acme (AWS account 987654321098).
# This script changes no permission and no trust policy of the role. It needs the AWS CLI and
# credentials of this account that can administer IAM.

set -euf

account='987654321098'
role='ContractorRole'
arn='arn:aws:iam::987654321098:role/ContractorRole'
cut_off_role='ContractorRole-cut-off'
cut_off_role_arn='arn:aws:iam::987654321098:role/daypass-cut-off/ContractorRole-cut-off'
brake_arn='arn:aws:iam::987654321098:policy/daypass-cut-off/ContractorRole-brake'

say() {
  printf '%s\n' "$1" >&2
}

current_account=$(aws sts get-caller-identity --query Account --output text)
if [ "$current_account" != "$account" ]; then
  say "This role belongs in AWS account $account, but these credentials are for $current_account."
  exit 1
fi

existing=$(aws iam get-role --role-name="$role" --query Role.Arn --output text 2>/dev/null) ||
  existing=
if [ "$existing" != "$arn" ]; then
  say "The role $arn does not exist. Nothing was changed."
  exit 1
fi
current_boundary=$(aws iam get-role --role-name="$role" --output text \
  --query Role.PermissionsBoundary.PermissionsBoundaryArn)

# Do not change a role that only has the cut-off role's name.
existing_cut_off_role=$(aws iam get-role --role-name="$cut_off_role" --query Role.Arn \
  --output text 2>/dev/null) || existing_cut_off_role=
if [ -n "$existing_cut_off_role" ] && [ "$existing_cut_off_role" != "$cut_off_role_arn" ]; then
  say "Another role has the cut-off role's name: $existing_cut_off_role. Nothing was changed."
  exit 1
fi

# Remove the brake from the role.
if [ "$current_boundary" = "$brake_arn" ]; then
  printf '%s\n' "Removing the permissions boundary $brake_arn of an earlier run."
  aws iam delete-role-permissions-boundary --role-name="$role"
fi

# Delete the cut-off role, which is not needed any more.
if [ -n "$existing_cut_off_role" ]; then
  printf '%s\n' "Deleting the cut-off role $cut_off_role_arn."
  for attached_arn in $(aws iam list-attached-role-policies --role-name="$cut_off_role" \
      --query 'AttachedPolicies[].PolicyArn' --output text); do
    aws iam detach-role-policy --role-name="$cut_off_role" --policy-arn="$attached_arn"
  done
  for name in $(aws iam list-role-policies --role-name="$cut_off_role" \
      --query PolicyNames --output text); do
    aws iam delete-role-policy --role-name="$cut_off_role" --policy-name="$name"
  done
  aws iam delete-role --role-name="$cut_off_role"
fi

# Delete the brake, which is not needed any more.
if aws iam get-policy --policy-arn="$brake_arn" >/dev/null 2>&1; then
  printf '%s\n' "Deleting the brake $brake_arn."
  for version in $(aws iam list-policy-versions --policy-arn="$brake_arn" \
      --query 'Versions[?!IsDefaultVersion].VersionId' --output text); do
    aws iam delete-policy-version --policy-arn="$brake_arn" --version-id="$version"
  done
  aws iam delete-policy --policy-arn="$brake_arn"
fi

printf '%s\n' "$arn"
