"""The exact fix for what a check has found: commands for sh and the AWS CLI."""

from __future__ import annotations

from chalicelib.domain.onboarding.setup.blueprint import blueprint
from chalicelib.domain.onboarding.setup.documents import pretty
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.quoting import shell
from chalicelib.domain.verification.findings import Mend


def commands(mend: Mend, setup: Setup) -> str:
    """What an administrator of the client's account runs; empty where no command does it."""
    role = blueprint(setup)
    match mend:
        case Mend.TRUST_POLICY:
            return (
                f"aws iam update-assume-role-policy --role-name={shell(role.name)}"
                f" --policy-document={shell(pretty(role.trust))}\n"
            )
        case Mend.MAX_SESSION_DURATION:
            return (
                f"aws iam update-role --role-name={shell(role.name)}"
                f" --max-session-duration={role.max_session_duration}\n"
            )
        case Mend.NOTHING:
            return ""
