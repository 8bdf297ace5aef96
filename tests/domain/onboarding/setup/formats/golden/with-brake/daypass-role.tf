# An IAM role for Initrode Consulting (AWS account 123456789012) in Acme (AWS account
# 987654321098).
# The role trusts only arn:aws:iam::123456789012:role/daypass-broker, only with the external ID of
# this engagement, and only until 2026-12-31T18:00:00Z.
# Permissions: See the settings of EC2 and RDS, list every S3 bucket, and READ every object in
# them. The role cannot change anything.
# Cut-off: Daypass can end this role's sessions with another role, ContractorRole-cut-off, by
# writing versions of its permissions boundary, ContractorRole-brake. A boundary only limits, so
# this gives no permission. Use that policy for nothing else, and never attach it to an identity.
# To remove this access, remove this file and apply. That also ends the role's active sessions.

terraform {
  required_version = ">= 1.2"
}

data "aws_caller_identity" "daypass" {}

resource "aws_iam_role" "daypass" {
  name = "ContractorRole"
  path = "/"
  description = "Initrode Consulting (AWS account 123456789012) uses this role through Daypass until 2026-12-31T18:00:00Z. To remove this access, delete this role."
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Sid" = "DaypassAssumeRole"
        "Effect" = "Allow"
        "Principal" = {
          "AWS" = "arn:aws:iam::123456789012:root"
        }
        "Action" = "sts:AssumeRole"
        "Condition" = {
          "StringEquals" = {
            "sts:ExternalId" = "daypass-abcdefghijklmnopqrstuvwxyz234567"
          }
          "ArnEquals" = {
            "aws:PrincipalArn" = "arn:aws:iam::123456789012:role/daypass-broker"
          }
          "DateLessThan" = {
            "aws:CurrentTime" = "2026-12-31T18:00:00Z"
          }
        }
      },
      {
        "Sid" = "DaypassIdentity"
        "Effect" = "Allow"
        "Principal" = {
          "AWS" = "arn:aws:iam::123456789012:root"
        }
        "Action" = "sts:SetSourceIdentity"
        "Condition" = {
          "ArnEquals" = {
            "aws:PrincipalArn" = "arn:aws:iam::123456789012:role/daypass-broker"
          }
          "DateLessThan" = {
            "aws:CurrentTime" = "2026-12-31T18:00:00Z"
          }
        }
      },
      {
        "Sid" = "DaypassTags"
        "Effect" = "Allow"
        "Principal" = {
          "AWS" = "arn:aws:iam::123456789012:root"
        }
        "Action" = "sts:TagSession"
        "Condition" = {
          "ForAllValues:StringEquals" = {
            "aws:TagKeys" = [
              "DaypassMember",
              "DaypassEngagement",
            ]
          }
          "Null" = {
            "aws:TagKeys" = "false"
          }
          "ArnEquals" = {
            "aws:PrincipalArn" = "arn:aws:iam::123456789012:role/daypass-broker"
          }
          "DateLessThan" = {
            "aws:CurrentTime" = "2026-12-31T18:00:00Z"
          }
        }
      },
    ]
  })
  permissions_boundary = aws_iam_policy.daypass_brake.arn

  lifecycle {
    precondition {
      condition = data.aws_caller_identity.daypass.account_id == "987654321098"
      error_message = "This role belongs in AWS account 987654321098."
    }
  }
}

resource "aws_iam_role_policy" "daypass" {
  name = "daypass-permissions"
  role = aws_iam_role.daypass.name
  policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Sid" = "ReadBasics"
        "Effect" = "Allow"
        "Action" = [
          "ec2:Describe*",
          "rds:Describe*",
          "s3:ListAllMyBuckets",
          "s3:ListBucket",
          "s3:GetObject",
        ]
        "Resource" = "*"
      },
    ]
  })
}

resource "aws_iam_policy" "daypass_brake" {
  name = "ContractorRole-brake"
  path = "/daypass-cut-off/"
  description = "The permissions boundary of the role ContractorRole, with which Daypass ends sessions. Use it for nothing else, and never attach it to an identity."
  policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Sid" = "Released"
        "Effect" = "Allow"
        "Action" = "*"
        "Resource" = "*"
        "Condition" = {
          "ArnEquals" = {
            "aws:PrincipalArn" = "arn:aws:iam::987654321098:role/ContractorRole"
          }
        }
      },
      {
        "Sid" = "KeepTheBrake"
        "Effect" = "Deny"
        "Action" = [
          "iam:CreatePolicyVersion",
          "iam:DeletePolicyVersion",
          "iam:SetDefaultPolicyVersion",
          "iam:DeletePolicy",
          "iam:PutRolePermissionsBoundary",
          "iam:DeleteRolePermissionsBoundary",
        ]
        "Resource" = [
          "arn:aws:iam::987654321098:policy/daypass-cut-off/ContractorRole-brake",
          "arn:aws:iam::987654321098:role/ContractorRole",
        ]
      },
      {
        "Sid" = "KeepTheCutOffRole"
        "Effect" = "Deny"
        "Action" = [
          "iam:UpdateAssumeRolePolicy",
          "iam:DeleteRole",
          "iam:PutRolePolicy",
          "iam:DeleteRolePolicy",
          "iam:AttachRolePolicy",
          "iam:DetachRolePolicy",
          "iam:PutRolePermissionsBoundary",
          "iam:DeleteRolePermissionsBoundary",
        ]
        "Resource" = [
          "arn:aws:iam::987654321098:role/daypass-cut-off/ContractorRole-cut-off",
        ]
      },
    ]
  })

  # Daypass writes versions of this policy to end sessions. Terraform must not undo them.
  lifecycle {
    ignore_changes = [policy]
  }
}

resource "aws_iam_role" "daypass_cut_off" {
  name = "ContractorRole-cut-off"
  path = "/daypass-cut-off/"
  description = "Initrode Consulting (AWS account 123456789012) uses this role through Daypass only to end sessions of the role ContractorRole. To remove this power, delete this role."
  assume_role_policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Sid" = "DaypassCutOff"
        "Effect" = "Allow"
        "Principal" = {
          "AWS" = "arn:aws:iam::123456789012:root"
        }
        "Action" = "sts:AssumeRole"
        "Condition" = {
          "StringEquals" = {
            "sts:ExternalId" = "daypass-cutoffcutoffcutoffcutoffcutoff22"
            "sts:RoleSessionName" = "daypass-cut-off"
          }
          "ArnEquals" = {
            "aws:PrincipalArn" = "arn:aws:iam::123456789012:role/daypass-broker"
          }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy" "daypass_cut_off" {
  name = "daypass-cut-off"
  role = aws_iam_role.daypass_cut_off.name
  policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Sid" = "WriteTheBrake"
        "Effect" = "Allow"
        "Action" = [
          "iam:CreatePolicyVersion",
          "iam:DeletePolicyVersion",
        ]
        "Resource" = "arn:aws:iam::987654321098:policy/daypass-cut-off/ContractorRole-brake"
      },
    ]
  })
}

output "daypass_role_arn" {
  value = aws_iam_role.daypass.arn
}
