#!/bin/sh

# Create or update the cut-off of the role -odd+=,.@- for O'Brien & "Sons" <script>$(id)`id`
# {{resolve:ssm:x}} ${x} Łódź rm -rf / (AWS account 123456789012) in Zoë's # Müller GmbH \ %{if
# true} (AWS account 987654321098).
# Cut-off: Daypass can end this role's sessions with another role, -odd+=,.@--cut-off, only all at
# once, by attaching AWS's policy AWSDenyAll to it. Only you can detach that policy. IAM limits
# how many managed policies a role has (10, unless you raised that quota), so keep room for one.
# This script changes no permission and no trust policy of the role. It needs the AWS CLI and
# credentials of this account that can administer IAM.

set -euf

account='987654321098'
role='-odd+=,.@-'
arn='arn:aws:iam::987654321098:role/it'\''s/"q"/\n/%{x}/`id`/-odd+=,.@-'
cut_off_role='-odd+=,.@--cut-off'
cut_off_role_arn='arn:aws:iam::987654321098:role/daypass-cut-off/-odd+=,.@--cut-off'
brake_arn='arn:aws:iam::987654321098:policy/daypass-cut-off/-odd+=,.@--brake'
cut_off_path='/daypass-cut-off/'
cut_off_description='O'\''Brien & "Sons" <script>$(id)`id` ((resolve:ssm:x)) $(x) ?ód? rm -rf / (AWS account 123456789012) uses this role through Daypass only to end sessions of the role -odd+=,.@-. To remove this power, delete this role.'
cut_off_trust='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "DaypassCutOff",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::123456789012:root"
      },
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringEquals": {
          "sts:ExternalId": "daypass-cutoffcutoffcutoffcutoffcutoff22",
          "sts:RoleSessionName": "daypass-cut-off"
        },
        "ArnEquals": {
          "aws:PrincipalArn": "arn:aws:iam::123456789012:role/daypass-broker"
        }
      }
    }
  ]
}'
cut_off_policy_name='daypass-cut-off'
cut_off_permissions='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ShutTheRole",
      "Effect": "Allow",
      "Action": "iam:AttachRolePolicy",
      "Resource": "arn:aws:iam::987654321098:role/it'\''s/\"q\"/\\n/%{x}/`id`/-odd+=,.@-",
      "Condition": {
        "ArnEquals": {
          "iam:PolicyARN": "arn:aws:iam::aws:policy/AWSDenyAll"
        }
      }
    }
  ]
}'

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

# Create or update the cut-off role, with which Daypass can only end sessions.
if [ -n "$existing_cut_off_role" ]; then
  aws iam update-assume-role-policy --role-name="$cut_off_role" --policy-document="$cut_off_trust"
else
  aws iam create-role --role-name="$cut_off_role" --path="$cut_off_path" \
    --description="$cut_off_description" --assume-role-policy-document="$cut_off_trust" >/dev/null
fi
aws iam put-role-policy --role-name="$cut_off_role" --policy-name="$cut_off_policy_name" \
  --policy-document="$cut_off_permissions"

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
