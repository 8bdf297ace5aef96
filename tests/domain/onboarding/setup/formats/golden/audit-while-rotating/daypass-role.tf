# An IAM role for Initrode Consulting (AWS account 123456789012) in Acme (AWS account
# 987654321098).
# The role trusts only arn:aws:iam::123456789012:role/daypass-broker, only with the external ID of
# this engagement, and only until 2026-12-31T18:00:00Z.
# Permissions: AWS's SecurityAudit policy: read the configuration that a security audit needs, and
# almost no data. AWS maintains this policy and can extend it.
# To remove this access, remove this file and apply. That also ends the role's active sessions.

terraform {
  required_version = ">= 1.2"
}

data "aws_caller_identity" "daypass" {}

resource "aws_iam_role" "daypass" {
  name = "AuditRole"
  path = "/partners/initrode/"
  description = "Initrode Consulting (AWS account 123456789012) uses this role through Daypass until 2026-12-31T18:00:00Z. To remove this access, delete this role."
  max_session_duration = 7200
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
            "sts:ExternalId" = [
              "daypass-abcdefghijklmnopqrstuvwxyz234567",
              "daypass-765432zyxwvutsrqponmlkjihgfedcba",
            ]
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
  permissions_boundary = aws_iam_policy.daypass_boundary.arn

  lifecycle {
    precondition {
      condition = data.aws_caller_identity.daypass.account_id == "987654321098"
      error_message = "This role belongs in AWS account 987654321098."
    }
  }
}

resource "aws_iam_role_policy_attachment" "daypass" {
  role = aws_iam_role.daypass.name
  policy_arn = "arn:aws:iam::aws:policy/SecurityAudit"
}

resource "aws_iam_policy" "daypass_boundary" {
  name = "AuditRole-daypass-boundary"
  description = "The permissions boundary of the role AuditRole, which limits the role's permissions."
  policy = jsonencode({
    "Version" = "2012-10-17"
    "Statement" = [
      {
        "Sid" = "EverythingElse"
        "Effect" = "Allow"
        "NotAction" = [
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
          "iot:RegisterThing",
        ]
        "Resource" = "*"
      },
      {
        "Sid" = "ReadOnly"
        "Effect" = "Allow"
        "Action" = [
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
          "iot:List*",
        ]
        "Resource" = "*"
      },
    ]
  })
}

output "daypass_role_arn" {
  value = aws_iam_role.daypass.arn
}
