#!/bin/sh

# A role for Initrode Consulting (AWS account 123456789012) in Acme (AWS account 987654321098).
# It trusts one role of theirs, arn:aws:iam::123456789012:role/daypass-broker, only with the
# external ID of this engagement, and only until 2026-12-31T18:00:00Z.
# What it may do: Look at EC2 and RDS, list every S3 bucket, and READ every object in them.
# Nothing can be changed.
# It needs the AWS CLI, and credentials of this account that may administer IAM.
# It detaches no policy that you do not name to it; to ask about one, it stops at once.
# To end their access, delete the role ContractorRole. That also ends the sessions they have.

set -euf

account='987654321098'
role='ContractorRole'
path='/'
arn='arn:aws:iam::987654321098:role/ContractorRole'
description='Initrode Consulting (AWS account 123456789012) enters this account with this role, through Daypass, until 2026-12-31T18:00:00Z. To end their access, delete this role.'
max_session_duration='3600'
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
our_boundary_arn='arn:aws:iam::987654321098:policy/ContractorRole-daypass-boundary'
may_be_ours='arn:aws:iam::aws:policy/job-function/ViewOnlyAccess arn:aws:iam::aws:policy/ReadOnlyAccess arn:aws:iam::aws:policy/SecurityAudit'

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

if [ -n "$there" ]; then
  aws iam update-assume-role-policy --role-name="$role" --policy-document="$trust"
  aws iam update-role --role-name="$role" --description="$description" \
    --max-session-duration="$max_session_duration"
  case "$capped" in
    None) ;;
    "$our_boundary_arn")
      printf '%s\n' "Taking away the permissions boundary $capped, which an earlier run has set."
      aws iam delete-role-permissions-boundary --role-name="$role" ;;
    *) say "Somebody else has given this role the permissions boundary $capped. It stays." ;;
  esac
else
  aws iam create-role --role-name="$role" --path="$path" --description="$description" \
    --max-session-duration="$max_session_duration" \
    --assume-role-policy-document="$trust" >/dev/null
fi

# What it may do.
aws iam put-role-policy --role-name="$role" --policy-name="$policy_name" \
  --policy-document="$permissions"

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
