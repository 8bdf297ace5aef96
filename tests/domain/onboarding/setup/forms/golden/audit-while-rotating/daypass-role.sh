#!/bin/sh

# A role for Initrode Consulting (AWS account 123456789012) in Acme (AWS account 987654321098).
# It trusts one role of theirs, arn:aws:iam::123456789012:role/daypass-broker, only with the
# external ID of this engagement, and only until 2026-12-31T18:00:00Z.
# What it may do: AWS's own SecurityAudit, made for audits: read the configuration that a security
# audit needs, and hardly any data. AWS keeps the list of what it allows, and extends it.
# It needs the AWS CLI, and credentials of this account that may administer IAM.
# It detaches no policy that you do not name to it; to ask about one, it stops at once.
# To end their access, delete the role AuditRole. That also ends the sessions they have.

set -euf

account='987654321098'
role='AuditRole'
path='/partners/initrode/'
arn='arn:aws:iam::987654321098:role/partners/initrode/AuditRole'
description='Initrode Consulting (AWS account 123456789012) enters this account with this role, through Daypass, until 2026-12-31T18:00:00Z. To end their access, delete this role.'
max_session_duration='7200'
trust='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "DaypassMayEnter",
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
      "Sid": "DaypassMayTellWho",
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
      "Sid": "DaypassMayTag",
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
our_boundary_arn='arn:aws:iam::987654321098:policy/AuditRole-daypass-boundary'
boundary_arn='arn:aws:iam::987654321098:policy/AuditRole-daypass-boundary'
boundary_name='AuditRole-daypass-boundary'
boundary_description='The most that the role AuditRole can do.'
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
      "Sid": "LookingOnly",
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
may_be_ours='arn:aws:iam::aws:policy/job-function/ViewOnlyAccess arn:aws:iam::aws:policy/ReadOnlyAccess'

say() {
  printf '%s\n' "$1" >&2
}

found=$(aws sts get-caller-identity --query Account --output text)
if [ "$found" != "$account" ]; then
  say "This role belongs in AWS account $account, and these credentials are for $found."
  exit 1
fi

overwrite= detach= keep=
for word in "$@"; do
  case "$word" in
    --overwrite) overwrite=yes ;;
    --detach=*) detach="$detach ${word#--detach=}" ;;
    --keep=*) keep="$keep ${word#--keep=}" ;;
    *)
      say "This takes --overwrite, --detach=ARN and --keep=ARN, and not $word. Nothing was changed."
      exit 1 ;;
  esac
done

# The role is brought up to date if it is there, and made if it is not. One that this did not make
# is left alone, unless the script is run with --overwrite. Who attached a policy cannot be seen:
# one that may be yours as well as an earlier run's is detached only with --detach and its ARN.
there=$(aws iam get-role --role-name="$role" --query Role.Arn --output text 2>/dev/null) || there=
if [ -n "$there" ]; then
  if [ "$there" != "$arn" ]; then
    say "There is another role of this name, $there. Nothing was changed."
    exit 1
  fi
  asks=
  about=$(aws iam get-role --role-name="$role" --query Role.Description --output text)
  case "$overwrite $about" in
    yes* | *Daypass*) ;;
    *)
      asks=yes
      say "There is a role $role that this script did not make."
      say "With --overwrite its trust policy, its description and its longest session are replaced,"
      say "and it may do what is asked for beside what it may do now. A permissions boundary of"
      say "yours stays." ;;
  esac
  attached=$(aws iam list-attached-role-policies --role-name="$role" \
    --query 'AttachedPolicies[].PolicyArn' --output text)
  for attached_arn in $attached; do
    case " $detach $keep " in
      *" $attached_arn "*) continue ;;
    esac
    case " $may_be_ours " in
      *" $attached_arn "*)
        asks=yes
        say "The role $role has the policy $attached_arn, which is not asked for: an earlier run"
        say "may have attached it, or somebody of yours. Choose --detach=$attached_arn"
        say "or --keep=$attached_arn" ;;
    esac
  done
  if [ -n "$asks" ]; then
    say "Nothing was changed. Run this again with what you choose."
    exit 1
  fi
  capped=$(aws iam get-role --role-name="$role" --output text \
    --query Role.PermissionsBoundary.PermissionsBoundaryArn)
fi

# A permissions boundary that this did not set may be there for a reason: it is not replaced.
if [ -n "$there" ]; then
  case "$capped" in
    None | "$boundary_arn" | "$our_boundary_arn") ;;
    *)
      say "The role $role has another permissions boundary, $capped. Nothing was changed."
      say "Ask us to name that one, or take it away yourself and run this again."
      exit 1 ;;
  esac
fi

# The permissions boundary. IAM keeps five versions of a policy: make room for the new one.
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

if [ -n "$there" ]; then
  aws iam update-assume-role-policy --role-name="$role" --policy-document="$trust"
  aws iam update-role --role-name="$role" --description="$description" \
    --max-session-duration="$max_session_duration"
  aws iam put-role-permissions-boundary --role-name="$role" \
    --permissions-boundary="$boundary_arn"
else
  aws iam create-role --role-name="$role" --path="$path" --description="$description" \
    --max-session-duration="$max_session_duration" \
    --assume-role-policy-document="$trust" --permissions-boundary="$boundary_arn" >/dev/null
fi

# What it may do.
aws iam attach-role-policy --role-name="$role" --policy-arn="$policy_arn"

# What is taken away is told before, and what stays beside what is asked for is told as well.
inline=$(aws iam list-role-policies --role-name="$role" --query PolicyNames --output text)
for name in $inline; do
  if [ "$name" != "$policy_name" ]; then
    say "Somebody else has given this role the inline policy $name as well. It stays."
  elif [ -z "$permissions" ]; then
    printf '%s\n' "Taking away the inline policy $name, which an earlier run has put there."
    aws iam delete-role-policy --role-name="$role" --policy-name="$name"
  fi
done
attached=$(aws iam list-attached-role-policies --role-name="$role" \
  --query 'AttachedPolicies[].PolicyArn' --output text)
for attached_arn in $attached; do
  case " $policy_arn $detach " in
    " $attached_arn "*) ;;
    *" $attached_arn "*)
      printf '%s\n' "Taking away the policy $attached_arn, as you have chosen."
      aws iam detach-role-policy --role-name="$role" --policy-arn="$attached_arn" ;;
    *) say "This role has the policy $attached_arn as well, which is not asked for. It stays." ;;
  esac
done
printf '%s\n' "$arn"
