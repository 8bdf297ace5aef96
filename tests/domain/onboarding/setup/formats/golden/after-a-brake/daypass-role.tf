# An IAM role for Initrode Consulting (AWS account 123456789012) in Acme (AWS account
# 987654321098).
# The role trusts only arn:aws:iam::123456789012:role/daypass-broker, only with the external ID of
# this engagement, and only until 2026-12-31T18:00:00Z.
# Permissions: See the settings of EC2 and RDS, list every S3 bucket, and READ every object in
# them. The role cannot change anything.
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

output "daypass_role_arn" {
  value = aws_iam_role.daypass.arn
}
