"""`make permissions`: print IAM policies that name each client role the broker may assume.

It reads the records with the operator's own credentials, and changes nothing. The policies name
every role, however many there are. Only the policies go to stdout.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from operating import parameters, stacks
from operating.aws_cli import here
from operating.console import Stop, exit_status
from operating.stacks import FOUNDATION

if TYPE_CHECKING:
    from chalicelib.domain.onboarding.role_setup import File


def main() -> None:
    from chalicelib import bootstrap
    from chalicelib.domain.errors import Unavailable
    from chalicelib.domain.reasons import Reason
    from chalicelib.usecases.onboarding.broker_policies import broker_policy_files

    parameters.refuse_unknown()
    os.environ.update(of_the_deployment())
    try:
        files = broker_policy_files(bootstrap.ports())
    except Unavailable as error:
        if error.reason is Reason.SETTING_INVALID:
            raise Stop(f"OTHER_ACCOUNTS or ORG_ID of the stack {FOUNDATION} is invalid.") from error
        raise Stop(f"The records cannot be read: {error.__cause__}") from error
    if not files:
        raise Stop("No engagement has a role in use, so no policy is needed.")
    show(files)


def show(files: Sequence[File]) -> None:
    """Print the policies, and on stderr their purposes and a warning if they exceed a role's
    quota."""
    from chalicelib.domain.onboarding.setup.broker_policies import MANAGED_POLICIES_PER_ROLE

    for file in files:
        print(f"{file.name}: {file.purpose}.", file=sys.stderr)
        print(file.text, end="")
    if len(files) > MANAGED_POLICIES_PER_ROLE:
        print(
            f"A role can have {MANAGED_POLICIES_PER_ROLE} managed policies, and these are"
            f" {len(files)}. Ask Service Quotas for more (Managed policies attached to an IAM"
            " role), or keep the statement EnterClients.",
            file=sys.stderr,
        )


def of_the_deployment() -> dict[str, str]:
    """Return the functions' environment variables that the foundation determines."""
    aws = here()
    stack = stacks.required(aws, FOUNDATION)
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
