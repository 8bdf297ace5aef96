"""Assemble a shell script for the client's administrator from its parts."""

from __future__ import annotations

from chalicelib.domain.onboarding.setup.quoting import quote_for_shell

# Not `echo`: in some shells it interprets backslashes.
_REQUIRE_ACCOUNT = """\
say() {
  printf '%s\\n' "$1" >&2
}

current_account=$(aws sts get-caller-identity --query Account --output text)
if [ "$current_account" != "$account" ]; then
  say "This role belongs in AWS account $account, but these credentials are for $current_account."
  exit 1
fi"""


def assemble_script(header: str, variables: dict[str, str], *parts: str) -> str:
    """Return a script that sets the variables, checks the AWS account and runs the parts. Every
    name and document is a shell variable, so that the shell reads none of it as code."""
    assignments = "\n".join(f"{name}={quote_for_shell(value)}" for name, value in variables.items())
    parts = ("#!/bin/sh", header, "set -euf", assignments, _REQUIRE_ACCOUNT, *parts)
    return "\n\n".join(filter(None, parts)) + "\n"


def build_role_deletion(variable: str) -> str:
    """Return commands that delete the role whose name is in this shell variable.

    They first detach and delete the role's policies, because IAM deletes no role that has any. The
    role must not be in an instance profile.
    """
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
    """Return commands that delete the managed policy whose ARN is in this shell variable. They
    first delete its other versions, because IAM deletes no policy that has any."""
    return f"""\
for version in $(aws iam list-policy-versions --policy-arn="${variable}" \\
    --query 'Versions[?!IsDefaultVersion].VersionId' --output text); do
  aws iam delete-policy-version --policy-arn="${variable}" --version-id="$version"
done
aws iam delete-policy --policy-arn="${variable}"
"""
