"""AWS managed policies that ministack lacks."""

from __future__ import annotations

import json

from ministack.services import iam

# From "ViewOnlyAccess" (AWS Managed Policy Reference): the actions of services that ministack has.
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
    """Add ViewOnlyAccess. Its path is /job-function/: no policy of that name has the path `/`."""
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": list(_VIEW_ONLY), "Resource": "*"}],
    }
    record = iam._make_aws_managed_record("job-function/ViewOnlyAccess", json.dumps(document))
    iam._aws_managed_policies[record["Arn"]] = record
