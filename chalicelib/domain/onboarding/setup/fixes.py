"""Commands for sh and the AWS CLI: what a check has found mended, and the rest looked at."""

from __future__ import annotations

from chalicelib.domain.onboarding.setup.documents import pretty
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.quoting import shell
from chalicelib.domain.onboarding.setup.trust import trust_policy
from chalicelib.domain.verification.findings import Mend


def commands(mend: Mend, setup: Setup) -> str:
    """What an administrator of the client's account runs; empty where no command does it."""
    match mend:
        case Mend.TRUST_POLICY:
            return (
                f"aws iam update-assume-role-policy --role-name={shell(setup.role_name)}"
                f" --policy-document={shell(pretty(trust_policy(setup)))}\n"
            )
        case Mend.MAX_SESSION_DURATION:
            return (
                f"aws iam update-role --role-name={shell(setup.role_name)}"
                f" --max-session-duration={setup.max_session_duration}\n"
            )
        case Mend.NOTHING:
            return ""


def commands_to_look(setup: Setup) -> str:
    """What shows an administrator what no check sees: whom else the role trusts, and what it may
    do. It changes nothing."""
    return f"""\
role={shell(setup.role_name)}
aws iam get-role --role-name="$role"
aws iam list-attached-role-policies --role-name="$role"
for name in $(aws iam list-role-policies --role-name="$role" --query PolicyNames --output text); do
  aws iam get-role-policy --role-name="$role" --policy-name="$name"
done
"""
