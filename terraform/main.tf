# Daypass's two CloudFormation stacks, deployed from a release. docs/terraform.md says what this
# cannot do that `make deploy` can. settings.tf declares the settings.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

variable "release" {
  type        = string
  nullable    = false
  description = "The folder with the files of a release."
}

variable "release_sha256" {
  type        = string
  nullable    = false
  description = "The SHA-256 of the release's SHA256SUMS, in hexadecimal. Check the release's attestation before you copy it."
  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.release_sha256))
    error_message = "64 hexadecimal digits, in lower case."
  }
}

variable "architecture" {
  type        = string
  default     = "arm64"
  nullable    = false
  description = "The processor of the functions."
  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "arm64 or x86_64."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  nullable    = false
  description = "Tags of both stacks, which CloudFormation gives to their resources."
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  foundation = one(fileset(var.release, "daypass-*-foundation.json"))
  app        = one(fileset(var.release, "daypass-*-${var.architecture}.json"))
  code       = one(fileset(var.release, "daypass-*-${var.architecture}.zip"))
  sums       = file("${var.release}/SHA256SUMS")
  # The name that the foundation's template gives to its bucket. As an output of the stack it would
  # be unknown in each plan that changes the stack, and Terraform would delete and upload the code.
  bucket = "daypass-artefacts-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.region}"
  app_template = replace(
    file("${var.release}/${local.app}"),
    jsonencode(local.code),
    jsonencode({ Bucket = local.bucket, Key = aws_s3_object.code.key, Version = aws_s3_object.code.version_id }),
  )
  no_version = "Amazon S3 kept no version, because versioning was turned on a moment ago. Wait 15 minutes, and apply again with -replace for this object."
}

resource "aws_cloudformation_stack" "foundation" {
  name          = "daypass-foundation"
  template_body = file("${var.release}/${local.foundation}")
  parameters    = local.foundation_parameters
  capabilities  = ["CAPABILITY_NAMED_IAM"]
  tags          = var.tags
  # After a rollback the tables would be left without a stack, and would block the next try.
  on_failure = "DO_NOTHING"
  # Clients' trust policies name the role, and the records are in the tables.
  policy_body = jsonencode({
    Statement = [
      { Effect = "Allow", Action = "Update:*", Principal = "*", Resource = "*" },
      {
        Effect    = "Deny"
        Action    = ["Update:Delete", "Update:Replace"]
        Principal = "*"
        Resource  = "*"
        Condition = {
          StringEquals = {
            ResourceType = ["AWS::DynamoDB::Table", "AWS::IAM::Role", "AWS::KMS::Key", "AWS::S3::Bucket"]
          }
        }
      },
    ]
  })

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [on_failure] # which an imported stack lacks, and which would replace the stack
    precondition {
      condition     = filesha256("${var.release}/SHA256SUMS") == var.release_sha256
      error_message = "This is another release: its SHA256SUMS has another SHA-256 than release_sha256."
    }
    precondition {
      condition = alltrue([
        for name in [local.foundation, local.app, local.code] :
        strcontains(local.sums, "${filesha256("${var.release}/${name}")}  ${name}\n")
      ])
      error_message = "A file of the release differs from its SHA256SUMS. Download the release again."
    }
  }
}

# The objects keep their keys, so that the bucket keeps the versions to which a failed update rolls back.
resource "aws_s3_object" "code" {
  bucket             = local.bucket
  key                = "terraform/function.zip"
  source             = "${var.release}/${local.code}"
  source_hash        = filesha256("${var.release}/${local.code}")
  checksum_algorithm = "SHA256"
  depends_on         = [aws_cloudformation_stack.foundation]

  lifecycle {
    postcondition {
      condition     = coalesce(self.version_id, "null") != "null"
      error_message = local.no_version
    }
  }
}

# The app's template is larger than the 51,200 bytes that fit into a request.
resource "aws_s3_object" "template" {
  bucket             = local.bucket
  key                = "terraform/app.json"
  content            = local.app_template
  content_type       = "application/json"
  checksum_algorithm = "SHA256"
  depends_on         = [aws_cloudformation_stack.foundation]

  lifecycle {
    postcondition {
      condition     = coalesce(self.version_id, "null") != "null"
      error_message = local.no_version
    }
  }
}

# A table that was restored has another stream than the foundation's stack knows.
data "aws_dynamodb_table" "trail" {
  name       = "daypass-trail"
  depends_on = [aws_cloudformation_stack.foundation]
}

resource "aws_cloudformation_stack" "app" {
  name         = "daypass"
  template_url = "https://${local.bucket}.s3.${data.aws_region.current.region}.${data.aws_partition.current.dns_suffix}/${aws_s3_object.template.key}?versionId=${aws_s3_object.template.version_id}"
  parameters   = local.app_parameters
  capabilities = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
  tags         = var.tags
}

output "api_address" {
  value       = trimsuffix(aws_cloudformation_stack.app.outputs["EndpointURL"], "/")
  description = "The address of the API, which every member needs."
}

output "broker_role_arn" {
  value       = aws_cloudformation_stack.foundation.outputs["BrokerRoleArn"]
  description = "The role that clients' trust policies name."
}
