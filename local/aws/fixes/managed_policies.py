"""AWS managed policies that ministack does not know."""

from __future__ import annotations

import json

from ministack.services import iam

# After "ViewOnlyAccess" (AWS Managed Policy Reference): what of it the services here have.
_VIEW_ONLY = (
    "acm:ListCertificates",
    "athena:List*",
    "autoscaling:Describe*",
    "cloudformation:DescribeStacks",
    "cloudformation:List*",
    "cloudfront:List*",
    "cloudtrail:DescribeTrails",
    "cloudtrail:LookupEvents",
    "cloudwatch:Get*",
    "cloudwatch:List*",
    "cognito-idp:List*",
    "dynamodb:DescribeTable",
    "dynamodb:ListTables",
    "ec2:DescribeImage*",
    "ec2:DescribeInstance*",
    "ec2:DescribeNetwork*",
    "ec2:DescribeRegions",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVolume*",
    "ec2:DescribeVpc*",
    "ecr:DescribeRepositories",
    "ecs:Describe*",
    "ecs:List*",
    "elasticache:Describe*",
    "events:ListRules",
    "firehose:List*",
    "iam:GetAccountSummary",
    "iam:List*",
    "kinesis:ListStreams",
    "kms:ListKeys",
    "lambda:List*",
    "logs:Describe*",
    "rds:Describe*",
    "route53:Get*",
    "route53:List*",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
    "sns:List*",
    "sqs:GetQueueAttributes",
    "sqs:ListQueues",
    "ssm:ListDocuments",
    "states:ListStateMachines",
)


def apply() -> None:
    """Know ViewOnlyAccess, by the path of a job function: at `/` there is no such policy."""
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": list(_VIEW_ONLY), "Resource": "*"}],
    }
    record = iam._make_aws_managed_record("job-function/ViewOnlyAccess", json.dumps(document))
    iam._aws_managed_policies[record["Arn"]] = record
