#!/bin/sh

# An IAM role for Initrode Consulting (AWS account 123456789012) in Acme (AWS account
# 987654321098).
# The role trusts only arn:aws:iam::123456789012:role/daypass-broker, only with the external ID of
# this engagement, and only until 2026-12-31T18:00:00Z.
# Permissions: See the settings of EC2 and RDS, list every S3 bucket, and READ every object in
# them. The role cannot change anything.
# This script needs the AWS CLI and credentials of this account that can administer IAM.
# The script detaches only policies that you name. If you have to choose, the script stops before
# it changes anything.
# To remove this access, delete the role ContractorRole. That also ends the role's active
# sessions.

set -euf

account='987654321098'
role='ContractorRole'
path='/'
arn='arn:aws:iam::987654321098:role/ContractorRole'
description='Initrode Consulting (AWS account 123456789012) uses this role through Daypass until 2026-12-31T18:00:00Z. To remove this access, delete this role.'
max_session_duration='3600'
trust='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "DaypassAssumeRole",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::123456789012:root"
      },
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringEquals": {
          "sts:ExternalId": "daypass-abcdefghijklmnopqrstuvwxyz234567"
        },
        "ArnEquals": {
          "aws:PrincipalArn": "arn:aws:iam::123456789012:role/daypass-broker"
        },
        "DateLessThan": {
          "aws:CurrentTime": "2026-12-31T18:00:00Z"
        }
      }
    },
    {
      "Sid": "DaypassIdentity",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::123456789012:root"
      },
      "Action": "sts:SetSourceIdentity",
      "Condition": {
        "ArnEquals": {
          "aws:PrincipalArn": "arn:aws:iam::123456789012:role/daypass-broker"
        },
        "DateLessThan": {
          "aws:CurrentTime": "2026-12-31T18:00:00Z"
        }
      }
    },
    {
      "Sid": "DaypassTags",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::123456789012:root"
      },
      "Action": "sts:TagSession",
      "Condition": {
        "ForAllValues:StringEquals": {
          "aws:TagKeys": [
            "DaypassMember",
            "DaypassEngagement"
          ]
        },
        "Null": {
          "aws:TagKeys": "false"
        },
        "ArnEquals": {
          "aws:PrincipalArn": "arn:aws:iam::123456789012:role/daypass-broker"
        },
        "DateLessThan": {
          "aws:CurrentTime": "2026-12-31T18:00:00Z"
        }
      }
    }
  ]
}'
policy_name='daypass-permissions'
permissions='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadBasics",
      "Effect": "Allow",
      "Action": [
        "ec2:Describe*",
        "rds:Describe*",
        "s3:ListAllMyBuckets",
        "s3:ListBucket",
        "s3:GetObject"
      ],
      "Resource": "*"
    }
  ]
}'
policy_arn=''
daypass_boundary_arn='arn:aws:iam::987654321098:policy/ContractorRole-daypass-boundary'
daypass_policies='arn:aws:iam::aws:policy/job-function/ViewOnlyAccess arn:aws:iam::aws:policy/ReadOnlyAccess arn:aws:iam::aws:policy/SecurityAudit'
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
  attached=$(aws iam list-attached-role-policies --role-name="$role" \
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
  current_boundary=$(aws iam get-role --role-name="$role" --output text \
    --query Role.PermissionsBoundary.PermissionsBoundaryArn)
fi

# Do not change a role that only has the cut-off role's name.
existing_cut_off_role=$(aws iam get-role --role-name="$cut_off_role" --query Role.Arn \
  --output text 2>/dev/null) || existing_cut_off_role=
if [ -n "$existing_cut_off_role" ] && [ "$existing_cut_off_role" != "$cut_off_role_arn" ]; then
  say "Another role has the cut-off role's name: $existing_cut_off_role. Nothing was changed."
  exit 1
fi

if [ -n "$existing" ]; then
  aws iam update-assume-role-policy --role-name="$role" --policy-document="$trust"
  aws iam update-role --role-name="$role" --description="$description" \
    --max-session-duration="$max_session_duration"
  case "$current_boundary" in
    None) ;;
    "$daypass_boundary_arn" | "$brake_arn")
      printf '%s\n' "Removing the permissions boundary $current_boundary of an earlier run."
      aws iam delete-role-permissions-boundary --role-name="$role" ;;
    *) say "Someone else set the permissions boundary $current_boundary. It stays." ;;
  esac
else
  aws iam create-role --role-name="$role" --path="$path" --description="$description" \
    --max-session-duration="$max_session_duration" \
    --assume-role-policy-document="$trust" >/dev/null
fi

# Set the permissions policy.
aws iam put-role-policy --role-name="$role" --policy-name="$policy_name" \
  --policy-document="$permissions"

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

# Report each policy before removing it, and each other policy that stays.
inline=$(aws iam list-role-policies --role-name="$role" --query PolicyNames --output text)
for name in $inline; do
  if [ "$name" != "$policy_name" ]; then
    say "This role also has the inline policy $name from someone else. It stays."
  elif [ -z "$permissions" ]; then
    printf '%s\n' "Removing the inline policy $name, which an earlier run added."
    aws iam delete-role-policy --role-name="$role" --policy-name="$name"
  fi
done
attached=$(aws iam list-attached-role-policies --role-name="$role" \
  --query 'AttachedPolicies[].PolicyArn' --output text)
for attached_arn in $attached; do
  case " $policy_arn $detach " in
    " $attached_arn "*) ;;
    *" $attached_arn "*)
      printf '%s\n' "Removing the policy $attached_arn, as you chose."
      aws iam detach-role-policy --role-name="$role" --policy-arn="$attached_arn" ;;
    *) say "This role also has the policy $attached_arn, which is not in this script. It stays." ;;
  esac
done
printf '%s\n' "$arn"
