#!/bin/sh

# Create or update the cut-off of the role ContractorRole for Initrode Consulting (AWS account
# 123456789012) in Acme (AWS account 987654321098).
# Cut-off: Daypass can end this role's sessions with another role, ContractorRole-cut-off, by
# writing versions of its permissions boundary, ContractorRole-brake. A boundary only limits, so
# this gives no permission. Use that policy for nothing else, and never attach it to an identity.
# This script changes no permission and no trust policy of the role. It needs the AWS CLI and
# credentials of this account that can administer IAM.

set -euf

account='987654321098'
role='ContractorRole'
arn='arn:aws:iam::987654321098:role/ContractorRole'
cut_off_role='ContractorRole-cut-off'
cut_off_role_arn='arn:aws:iam::987654321098:role/daypass-cut-off/ContractorRole-cut-off'
brake_arn='arn:aws:iam::987654321098:policy/daypass-cut-off/ContractorRole-brake'
cut_off_path='/daypass-cut-off/'
cut_off_description='Initrode Consulting (AWS account 123456789012) uses this role through Daypass only to end sessions of the role ContractorRole. To remove this power, delete this role.'
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
      "Sid": "WriteTheBrake",
      "Effect": "Allow",
      "Action": [
        "iam:CreatePolicyVersion",
        "iam:DeletePolicyVersion"
      ],
      "Resource": "arn:aws:iam::987654321098:policy/daypass-cut-off/ContractorRole-brake"
    }
  ]
}'
brake_name='ContractorRole-brake'
brake_description='The permissions boundary of the role ContractorRole, with which Daypass ends sessions. Use it for nothing else, and never attach it to an identity.'
brake='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Released",
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*",
      "Condition": {
        "ArnEquals": {
          "aws:PrincipalArn": "arn:aws:iam::987654321098:role/ContractorRole"
        }
      }
    },
    {
      "Sid": "KeepTheBrake",
      "Effect": "Deny",
      "Action": [
        "iam:CreatePolicyVersion",
        "iam:DeletePolicyVersion",
        "iam:SetDefaultPolicyVersion",
        "iam:DeletePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:DeleteRolePermissionsBoundary"
      ],
      "Resource": [
        "arn:aws:iam::987654321098:policy/daypass-cut-off/ContractorRole-brake",
        "arn:aws:iam::987654321098:role/ContractorRole"
      ]
    },
    {
      "Sid": "KeepTheCutOffRole",
      "Effect": "Deny",
      "Action": [
        "iam:UpdateAssumeRolePolicy",
        "iam:DeleteRole",
        "iam:PutRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:AttachRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:DeleteRolePermissionsBoundary"
      ],
      "Resource": [
        "arn:aws:iam::987654321098:role/daypass-cut-off/ContractorRole-cut-off"
      ]
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

# Another permissions boundary is the role's real limit. Do not replace it.
case "$current_boundary" in
  None | "$brake_arn") ;;
  *)
    say "The role $role has another permissions boundary, $current_boundary. Nothing was changed."
    say "Ask the sender of this script for deny-all instead of the brake. It needs no boundary."
    exit 1 ;;
esac

# Do not change a role that only has the cut-off role's name.
existing_cut_off_role=$(aws iam get-role --role-name="$cut_off_role" --query Role.Arn \
  --output text 2>/dev/null) || existing_cut_off_role=
if [ -n "$existing_cut_off_role" ] && [ "$existing_cut_off_role" != "$cut_off_role_arn" ]; then
  say "Another role has the cut-off role's name: $existing_cut_off_role. Nothing was changed."
  exit 1
fi

# Create the brake, which is only a permissions boundary. If it exists, keep its version: it may be
# ending sessions at this moment.
if ! aws iam get-policy --policy-arn="$brake_arn" >/dev/null 2>&1; then
  aws iam create-policy --policy-name="$brake_name" --path="$cut_off_path" \
    --description="$brake_description" --policy-document="$brake" >/dev/null
fi

# Make the brake the role's permissions boundary. Released, it changes no permission of the role.
if [ "$current_boundary" != "$brake_arn" ]; then
  aws iam put-role-permissions-boundary --role-name="$role" --permissions-boundary="$brake_arn"
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

printf '%s\n' "$arn"
