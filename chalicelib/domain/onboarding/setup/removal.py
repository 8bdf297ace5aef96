"""Commands for sh and the AWS CLI, by which a client ends our access, mends it or looks at it."""

from __future__ import annotations

from chalicelib.domain.onboarding.role_setup import RemovalOption
from chalicelib.domain.onboarding.setup.documents import Document, document, pretty
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.quoting import shell
from chalicelib.domain.onboarding.setup.trust import closed_trust_policy, trust_policy
from chalicelib.domain.verification.findings import Fix

# The name that the IAM console gives it as well: "Revoke IAM role temporary security credentials"
# (IAM User Guide).
CUT_OFF_POLICY_NAME = "AWSRevokeOlderSessions"
_NOW = "@now@"


def deny_issued_until(second: str) -> Document:
    """Deny everything to sessions that were issued until this second (RFC 3339, UTC), included.

    Issue times have whole seconds: "before" would spare a session of the very second.
    """
    return document(
        {
            "Effect": "Deny",
            "Action": ["*"],
            "Resource": ["*"],
            "Condition": {"DateLessThanEquals": {"aws:TokenIssueTime": second}},
        }
    )


def removal_options(setup: Setup) -> tuple[RemovalOption, ...]:
    """Return the surest first. Each can be used on its own, and used again."""
    return (_delete(setup), _shut(setup), _cut_off(setup))


def _delete(setup: Setup) -> RemovalOption:
    commands = f"""\
role={shell(setup.role_name)}
for arn in $(aws iam list-attached-role-policies --role-name="$role" \\
    --query 'AttachedPolicies[].PolicyArn' --output text); do
  aws iam detach-role-policy --role-name="$role" --policy-arn="$arn"
done
for name in $(aws iam list-role-policies --role-name="$role" --query PolicyNames --output text); do
  aws iam delete-role-policy --role-name="$role" --policy-name="$name"
done
aws iam delete-role --role-name="$role"
"""
    if setup.makes_boundary:
        commands += f"""\
boundary={shell(setup.our_boundary_arn)}
for version in $(aws iam list-policy-versions --policy-arn="$boundary" \\
    --query 'Versions[?!IsDefaultVersion].VersionId' --output text); do
  aws iam delete-policy-version --policy-arn="$boundary" --version-id="$version"
done
aws iam delete-policy --policy-arn="$boundary"
"""
    return RemovalOption(
        "Delete the role",
        "Ends everything: no session begins any more, and those that run can do nothing. If the"
        " role came from CloudFormation or Terraform, delete the stack or take the file away and"
        " apply, so that it does not come back.",
        commands,
    )


def _shut(setup: Setup) -> RemovalOption:
    commands = f"""\
role={shell(setup.role_name)}
aws iam update-assume-role-policy --role-name="$role" --policy-document={
        shell(pretty(closed_trust_policy()))
    }
"""
    return RemovalOption(
        "Shut the door, keep the role",
        "No session begins any more. Those that run go on until they end, at most an hour: cut"
        " them off as well, after this.",
        commands,
    )


def _cut_off(setup: Setup) -> RemovalOption:
    before, after = shell(pretty(deny_issued_until(_NOW))).split(_NOW)
    commands = f"""\
role={shell(setup.role_name)}
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
aws iam put-role-policy --role-name="$role" --policy-name={CUT_OFF_POLICY_NAME} \\
  --policy-document={before}'"$now"'{after}
"""
    return RemovalOption(
        "Cut off the sessions that run",
        "Denies everything to sessions that have begun by now, this very second included, whoever"
        " they belong to; now is what the clock says where this is run. New ones can begin unless"
        " the door is shut. IAM takes up to a few minutes to carry it everywhere.",
        commands,
    )


def commands(mend: Fix, setup: Setup) -> str:
    """What an administrator of the client's account runs; empty where no command does it."""
    match mend:
        case Fix.TRUST_POLICY:
            return (
                f"aws iam update-assume-role-policy --role-name={shell(setup.role_name)}"
                f" --policy-document={shell(pretty(trust_policy(setup)))}\n"
            )
        case Fix.MAX_SESSION_DURATION:
            return (
                f"aws iam update-role --role-name={shell(setup.role_name)}"
                f" --max-session-duration={setup.max_session_duration}\n"
            )
        case Fix.NOTHING:
            return ""


def commands_to_look(setup: Setup) -> str:
    return f"""\
role={shell(setup.role_name)}
aws iam get-role --role-name="$role"
aws iam list-attached-role-policies --role-name="$role"
for name in $(aws iam list-role-policies --role-name="$role" --query PolicyNames --output text); do
  aws iam get-role-policy --role-name="$role" --policy-name="$name"
done
"""
