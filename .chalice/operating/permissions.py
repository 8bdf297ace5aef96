"""`make permissions`: print IAM policies for the broker role that list each client role by ARN.

It reads Daypass's tables with the operator's own credentials, and changes nothing. Only the
policies go to stdout.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from operating import parameters, stacks
from operating.aws_cli import configured_aws
from operating.console import Stop, exit_status
from operating.stacks import FOUNDATION

if TYPE_CHECKING:
    from chalicelib.domain.onboarding.role_setup import File


def main() -> None:
    """Print the policies for the broker role. Raise Stop if Daypass's tables cannot be read."""
    from chalicelib import bootstrap
    from chalicelib.domain.errors import Unavailable
    from chalicelib.domain.reasons import Reason
    from chalicelib.usecases.onboarding.broker_policies import build_broker_policy_files

    parameters.refuse_unknown_settings()
    os.environ.update(read_deployed_environment())
    try:
        files = build_broker_policy_files(bootstrap.ports())
    except Unavailable as error:
        if error.reason is Reason.SETTING_INVALID:
            raise Stop(
                f"OTHER_ACCOUNTS or ORG_ID of the stack {FOUNDATION} is invalid. Deploy again"
                " with a valid value."
            ) from error
        raise Stop(f"Daypass's tables cannot be read: {error.__cause__}") from error
    if not files:
        raise Stop("No policy was printed, because no engagement has a role in use.")
    print_policies(files)


def print_policies(files: Sequence[File]) -> None:
    """Print the policies to stdout, and their purposes to stderr.

    Also print a warning to stderr if a role cannot have this many managed policies by default.
    """
    from chalicelib.domain.onboarding.setup.broker_policies import MANAGED_POLICIES_PER_ROLE

    for file in files:
        print(f"{file.name}: {file.purpose}.", file=sys.stderr)
        print(file.text, end="")
    if len(files) > MANAGED_POLICIES_PER_ROLE:
        print(
            f"By default a role can have {MANAGED_POLICIES_PER_ROLE} managed policies, but Daypass"
            f" printed {len(files)}. Request a higher quota in Service Quotas (Managed policies"
            " attached to an IAM role), or keep the broker role's statement EnterClients.",
            file=sys.stderr,
        )


def read_deployed_environment() -> dict[str, str]:
    """Return the functions' environment variables that depend on the foundation's stack."""
    aws = configured_aws()
    stack = stacks.require_stack(aws, FOUNDATION)
    values = stack.parameters | stack.outputs
    _, partition, _, _, account, _ = values["BrokerRoleArn"].split(":")
    return {
        "AWS_REGION": aws.region,
        "DAYPASS_STATE_TABLE": values["StateTableName"],
        "DAYPASS_TRAIL_TABLE": values["TrailTableName"],
        "DAYPASS_ACCOUNT_ID": account,
        "DAYPASS_PARTITION": partition,
        "DAYPASS_OTHER_ACCOUNTS": values["OtherAccounts"],
        "DAYPASS_ORGANIZATION_ID": values["OrganizationId"],
    }


if __name__ == "__main__":
    sys.exit(exit_status(main))
