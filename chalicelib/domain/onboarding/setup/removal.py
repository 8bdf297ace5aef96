"""Build the commands with which a client removes, fixes or reviews Daypass's access. They are for
sh and the AWS CLI. A cut-off is a policy that denies everything to a role's older sessions."""

from __future__ import annotations

import textwrap

from chalicelib.domain.onboarding.role_setup import RemovalOption
from chalicelib.domain.onboarding.setup.formats.shell import (
    build_policy_deletion,
    build_role_deletion,
)
from chalicelib.domain.onboarding.setup.quoting import quote_for_shell
from chalicelib.domain.onboarding.setup.resources import (
    build_trust_policy,
    build_trust_policy_denying_all,
)
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.policies.documents import Document, document, pretty
from chalicelib.domain.verification.findings import Fix

# The IAM console uses the same name ("Revoke IAM role temporary security credentials", IAM User
# Guide).
CUT_OFF_POLICY_NAME = "AWSRevokeOlderSessions"
# Stands in the quoted policy for the time, which the commands find out when they run.
_NOW_PLACEHOLDER = "@now@"


def build_session_denial_policy(latest_second: str) -> Document:
    """Return a policy that denies everything to sessions issued in this second or earlier.

    `latest_second` is an RFC 3339 time in UTC. The condition is not DateLessThan, because AWS's
    issue times have whole seconds and it would miss a session issued in the same second.
    """
    return document(
        {
            "Effect": "Deny",
            "Action": ["*"],
            "Resource": ["*"],
            "Condition": {"DateLessThanEquals": {"aws:TokenIssueTime": latest_second}},
        }
    )


def list_removal_options(spec: RoleSpec) -> tuple[RemovalOption, ...]:
    """Return the ways to remove Daypass's access to a role, the most complete first.

    Each way works on its own, and the client can run its commands again.
    """
    return (_build_delete_option(spec), _build_block_option(spec), _build_revoke_option(spec))


def _build_delete_option(spec: RoleSpec) -> RemovalOption:
    """Return the option that deletes the role, and what else Daypass specified for it: a
    permissions boundary, or the brake and the cut-off role."""
    commands = f"role={quote_for_shell(spec.role_name)}\n" + build_role_deletion("role")
    if spec.makes_boundary:
        commands += f"boundary={quote_for_shell(spec.daypass_boundary_arn)}\n"
        commands += build_policy_deletion("boundary")
    # The commands also delete what an earlier setup has left, and skip what does not exist. The
    # text mentions only resources of the current setup.
    if spec.may_have_cut_off:
        commands += _build_cut_off_deletion(spec)
    return RemovalOption(
        "Delete the role",
        "This ends all access: no new session can start, and active sessions can no longer do"
        " anything. If CloudFormation created the role, delete the stack. If Terraform created it,"
        " remove the file and run terraform apply. If you delete only the role, either tool could"
        " create it again."
        + (
            " The commands also delete the resources that end sessions early."
            if spec.has_cut_off
            else ""
        ),
        commands,
    )


def _build_cut_off_deletion(spec: RoleSpec) -> str:
    """Return commands that delete the cut-off role and the brake, if the client has them, also from
    an earlier method for cut-offs. A role that only has the cut-off role's name stays."""
    names = spec.cut_off_names
    return f"""\
cut_off_role={quote_for_shell(names.cut_off_role_name)}
cut_off_role_arn=$(aws iam get-role --role-name="$cut_off_role" --query Role.Arn \\
  --output text 2>/dev/null) || cut_off_role_arn=
if [ "$cut_off_role_arn" = {quote_for_shell(names.cut_off_role_arn)} ]; then
{textwrap.indent(build_role_deletion("cut_off_role"), "  ")}fi
brake={quote_for_shell(names.brake_arn)}
if aws iam get-policy --policy-arn="$brake" >/dev/null 2>&1; then
{textwrap.indent(build_policy_deletion("brake"), "  ")}fi
"""


def _build_block_option(spec: RoleSpec) -> RemovalOption:
    """Return the option that replaces the role's trust policy with one that denies everyone."""
    commands = f"""\
role={quote_for_shell(spec.role_name)}
aws iam update-assume-role-policy --role-name="$role" --policy-document={
        quote_for_shell(pretty(build_trust_policy_denying_all()))
    }
"""
    return RemovalOption(
        "Block new sessions, keep the role",
        "No new session can start. Active sessions continue until they expire, which is within an"
        " hour. To end active sessions too, also use “Revoke active sessions”.",
        commands,
    )


def _build_revoke_option(spec: RoleSpec) -> RemovalOption:
    """Return the option that denies everything to the role's present sessions, by a policy."""
    # The policy is in single quotes. The commands close them around the shell variable `now`.
    before_time, after_time = quote_for_shell(
        pretty(build_session_denial_policy(_NOW_PLACEHOLDER))
    ).split(_NOW_PLACEHOLDER)
    commands = f"""\
role={quote_for_shell(spec.role_name)}
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
aws iam put-role-policy --role-name="$role" --policy-name={CUT_OFF_POLICY_NAME} \\
  --policy-document={before_time}'"$now"'{after_time}
"""
    return RemovalOption(
        "Revoke active sessions",
        "This denies all actions to every session of this role that was issued before you run the"
        " commands, including other people’s sessions. The commands take the time from the machine"
        " that you run them on. New sessions can still start unless you block them. IAM can take a"
        " few minutes to apply the change everywhere.",
        commands,
    )


def build_fix_commands(fix: Fix, spec: RoleSpec) -> str:
    """Return the AWS CLI commands that apply a fix to the client's role, or an empty text if there
    is nothing to fix."""
    match fix:
        case Fix.TRUST_POLICY:
            return (
                f"aws iam update-assume-role-policy --role-name={quote_for_shell(spec.role_name)}"
                f" --policy-document={quote_for_shell(pretty(build_trust_policy(spec)))}\n"
            )
        case Fix.MAX_SESSION_DURATION:
            return (
                f"aws iam update-role --role-name={quote_for_shell(spec.role_name)}"
                f" --max-session-duration={spec.max_session_duration}\n"
            )
        case Fix.NOTHING:
            return ""


def build_review_commands(spec: RoleSpec) -> str:
    """Return the AWS CLI commands that show the role's trust policy and permissions."""
    return f"""\
role={quote_for_shell(spec.role_name)}
aws iam get-role --role-name="$role"
aws iam list-attached-role-policies --role-name="$role"
for name in $(aws iam list-role-policies --role-name="$role" --query PolicyNames --output text); do
  aws iam get-role-policy --role-name="$role" --policy-name="$name"
done
"""
