#!/bin/sh

# An IAM role for Initrode Consulting (AWS account 123456789012) in Acme (AWS account
# 987654321098).
# The role trusts only arn:aws:iam::123456789012:role/daypass-broker, only with the external ID of
# this engagement, and only until 2026-12-31T18:00:00Z.
# Permissions: AWS's SecurityAudit policy: read the configuration that a security audit needs, and
# almost no data. AWS maintains this policy and can extend it.
# This script needs the AWS CLI and credentials of this account that can administer IAM.
# The script detaches only policies that you name. If you have to choose, the script stops before
# it changes anything.
# To remove this access, delete the role AuditRole. That also ends the role's active sessions.

set -euf

account='987654321098'
role='AuditRole'
path='/partners/initrode/'
arn='arn:aws:iam::987654321098:role/partners/initrode/AuditRole'
description='Initrode Consulting (AWS account 123456789012) uses this role through Daypass until 2026-12-31T18:00:00Z. To remove this access, delete this role.'
max_session_duration='7200'
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
          "sts:ExternalId": [
            "daypass-abcdefghijklmnopqrstuvwxyz234567",
            "daypass-765432zyxwvutsrqponmlkjihgfedcba"
          ]
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
permissions=''
policy_arn='arn:aws:iam::aws:policy/SecurityAudit'
daypass_boundary_arn='arn:aws:iam::987654321098:policy/AuditRole-daypass-boundary'
boundary_arn='arn:aws:iam::987654321098:policy/AuditRole-daypass-boundary'
boundary_name='AuditRole-daypass-boundary'
boundary_description='The permissions boundary of the role AuditRole, which limits the role'\''s permissions.'
boundary='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "EverythingElse",
      "Effect": "Allow",
      "NotAction": [
        "iam:*",
        "organizations:*",
        "account:*",
        "controltower:*",
        "ram:*",
        "mpa:*",
        "sso:*",
        "sso-directory:*",
        "identitystore:*",
        "identitystore-auth:*",
        "identity-sync:*",
        "ds:*",
        "ds-data:*",
        "rolesanywhere:*",
        "acm-pca:*",
        "cognito-identity:*",
        "iq-permission:*",
        "eks-auth:*",
        "s3:*AccessGrant*",
        "sts:AssumeRoot",
        "sts:GetDelegated*",
        "sts:GetWeb*",
        "account-access:*",
        "elasticmapreduce:GetCluster*",
        "emr-containers:GetManaged*",
        "finspace-api:*",
        "ssm:GetAccessToken",
        "signin:*",
        "sso-oauth:*",
        "cloudwatch:GetSpace?*",
        "datazone:Get*Credentials",
        "datazone:GetConnection",
        "deadline:Assume*",
        "lakeformation:GetTemporary*",
        "lightsail:CreateBucketAccessKey",
        "s3:GetDataAccess",
        "iot:*Certificate*",
        "iot:*Polic*",
        "iot:*RoleAlias*",
        "iot:CreateProvisioningClaim",
        "iot:RegisterThing"
      ],
      "Resource": "*"
    },
    {
      "Sid": "ReadOnly",
      "Effect": "Allow",
      "Action": [
        "iam:Get*",
        "iam:List*",
        "iam:Simulate*",
        "iam:GenerateCredentialReport",
        "iam:GenerateServiceLastAccessedDetails",
        "organizations:Describe*",
        "organizations:List*",
        "account:Get*",
        "account:List*",
        "controltower:Describe*",
        "controltower:Get*",
        "controltower:List*",
        "ram:Get*",
        "ram:List*",
        "mpa:Get*",
        "mpa:List*",
        "sso:Describe*",
        "sso:GetApplication*",
        "sso:Get*Permission*",
        "sso:List*",
        "sso-directory:Describe*",
        "sso-directory:Get*",
        "sso-directory:IsMember*",
        "sso-directory:List*",
        "sso-directory:Search*",
        "identitystore:Describe*",
        "identitystore:Get*",
        "identitystore:IsMember*",
        "identitystore:List*",
        "identity-sync:Get*",
        "identity-sync:List*",
        "ds:Describe*",
        "ds:Get*",
        "ds:List*",
        "ds-data:Describe*",
        "ds-data:List*",
        "ds-data:Search*",
        "rolesanywhere:Get*",
        "rolesanywhere:List*",
        "acm-pca:Describe*",
        "acm-pca:Get*",
        "acm-pca:List*",
        "cognito-identity:Describe*",
        "cognito-identity:GetIdentityPool*",
        "cognito-identity:List*",
        "s3:GetAccessGrant*",
        "s3:List*AccessGrants*",
        "iot:Describe*",
        "iot:Get*",
        "iot:List*"
      ],
      "Resource": "*"
    }
  ]
}'
daypass_policies='arn:aws:iam::aws:policy/job-function/ViewOnlyAccess arn:aws:iam::aws:policy/ReadOnlyAccess'

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

# Do not replace a permissions boundary that may be the role's real limit.
if [ -n "$existing" ]; then
  case "$current_boundary" in
    None | "$boundary_arn" | "$daypass_boundary_arn") ;;
    *)
      say "The role $role has another permissions boundary, $current_boundary. Nothing was changed."
      say "Ask the sender of this script to keep that boundary, or remove it and run this again."
      exit 1 ;;
  esac
fi

# Create or update the permissions boundary. IAM keeps five versions of a policy, so delete the
# old ones first.
if aws iam get-policy --policy-arn="$boundary_arn" >/dev/null 2>&1; then
  versions=$(aws iam list-policy-versions --policy-arn="$boundary_arn" \
    --query 'Versions[?!IsDefaultVersion].VersionId' --output text)
  for version in $versions; do
    aws iam delete-policy-version --policy-arn="$boundary_arn" --version-id="$version"
  done
  aws iam create-policy-version --policy-arn="$boundary_arn" \
    --policy-document="$boundary" --set-as-default >/dev/null
else
  aws iam create-policy --policy-name="$boundary_name" --description="$boundary_description" \
    --policy-document="$boundary" >/dev/null
fi

if [ -n "$existing" ]; then
  aws iam update-assume-role-policy --role-name="$role" --policy-document="$trust"
  aws iam update-role --role-name="$role" --description="$description" \
    --max-session-duration="$max_session_duration"
  case "$current_boundary" in
    None | "$boundary_arn") ;;
    *)
      printf '%s\n' "Replacing the permissions boundary $current_boundary of an earlier run." ;;
  esac
  aws iam put-role-permissions-boundary --role-name="$role" \
    --permissions-boundary="$boundary_arn"
else
  aws iam create-role --role-name="$role" --path="$path" --description="$description" \
    --max-session-duration="$max_session_duration" \
    --assume-role-policy-document="$trust" --permissions-boundary="$boundary_arn" >/dev/null
fi

# Attach the permissions policy.
aws iam attach-role-policy --role-name="$role" --policy-arn="$policy_arn"

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
