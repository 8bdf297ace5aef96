# An IAM role for O'Brien & "Sons" <script>$(id)`id` {{resolve:ssm:x}} ${x} Łódź rm -rf / (AWS
# account 123456789012) in Zoë's # Müller GmbH \ %{if true} (AWS account 987654321098).
# The role trusts only arn:aws:iam::123456789012:role/daypass-broker, only with the external ID of
# this engagement, and only until 2026-12-31T18:00:00Z.
# Permissions: The client's own permissions policy.
# To remove this access, remove this file and apply. That also ends the role's active sessions.

terraform {
  required_version = ">= 1.2"
}

data "aws_caller_identity" "daypass" {}

resource "aws_iam_role" "daypass" {
  name = "-odd+=,.@-"
  path = "/it's/\"q\"/\\n/%%{x}/`id`/"
  description = "O'Brien & \"Sons\" <script>$(id)`id` ((resolve:ssm:x)) $(x) ?\u00f3d? rm -rf / (AWS account 123456789012) uses this role through Daypass until 2026-12-31T18:00:00Z. To remove this access, delete this role."
  max_session_duration = 43200
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
    ]
  })
  permissions_boundary = "arn:aws:iam::aws:policy/PowerUserAccess"

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
    "Id" = "it's \"ours\" & <theirs>"
    "Statement" = [
      {
        "Sid" = "HomeFolders"
        "Effect" = "Allow"
        "Action" = [
          "s3:GetObject",
          "s3:PutObject",
        ]
        "Resource" = "arn:aws:s3:::acme-home/$${aws:username}/%%{x}/\u0024$${y}/'\\\"/*"
        "Condition" = {
          "StringLike" = {
            "s3:prefix" = [
              "",
              "Zo\u00eb/*",
              "a\tb\nc",
            ]
          }
          "Bool" = {
            "aws:SecureTransport" = true
          }
          "NumericLessThan" = {
            "s3:max-keys" = 100
          }
        }
      },
      {
        "Effect" = "Deny"
        "NotAction" = "s3:*"
        "NotResource" = [
          "arn:aws:s3:::acme-home",
        ]
      },
    ]
  })
}

output "daypass_role_arn" {
  value = aws_iam_role.daypass.arn
}
