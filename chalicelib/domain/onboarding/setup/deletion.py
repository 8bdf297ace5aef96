"""AWS CLI commands that delete a role or a managed policy whose name or ARN is in a shell
variable. They are parts of other commands, for sh."""

from __future__ import annotations


def build_role_deletion(variable: str) -> str:
    """Return commands that delete the role with this name, and all that keeps IAM from it."""
    return f"""\
for attached_arn in $(aws iam list-attached-role-policies --role-name="${variable}" \\
    --query 'AttachedPolicies[].PolicyArn' --output text); do
  aws iam detach-role-policy --role-name="${variable}" --policy-arn="$attached_arn"
done
for name in $(aws iam list-role-policies --role-name="${variable}" \\
    --query PolicyNames --output text); do
  aws iam delete-role-policy --role-name="${variable}" --policy-name="$name"
done
aws iam delete-role --role-name="${variable}"
"""


def build_policy_deletion(variable: str) -> str:
    """Return commands that delete the managed policy with this ARN, and its other versions."""
    return f"""\
for version in $(aws iam list-policy-versions --policy-arn="${variable}" \\
    --query 'Versions[?!IsDefaultVersion].VersionId' --output text); do
  aws iam delete-policy-version --policy-arn="${variable}" --version-id="$version"
done
aws iam delete-policy --policy-arn="${variable}"
"""
