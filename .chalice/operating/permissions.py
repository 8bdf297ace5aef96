"""`make permissions`: print IAM policies that let the broker into each client's role by name.

They are made from the records, with the operator's own credentials, and change nothing. They hold
every role, however many there are. Stdout has the policies and nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from operating import parameters, stacks
from operating.aws_cli import here
from operating.stacks import FOUNDATION
from operating.telling import Stop, exit_status

if TYPE_CHECKING:
    from chalicelib.domain.onboarding.role_setup import File


def main() -> None:
    from chalicelib import bootstrap
    from chalicelib.domain.errors import Unavailable
    from chalicelib.domain.reasons import Reason
    from chalicelib.usecases.onboarding.broker_policies import firm_setup

    parameters.refuse_unknown()
    os.environ.update(of_the_deployment())
    try:
        files = firm_setup(bootstrap.ports())
    except Unavailable as error:
        if error.reason is Reason.SETTING_INVALID:
            raise Stop(f"OTHER_ACCOUNTS or ORG_ID of the stack {FOUNDATION} is invalid.") from error
        raise Stop(f"The records cannot be read: {error.__cause__}") from error
    if not files:
        raise Stop("There is no role that may still be vended from: nothing has to be permitted.")
    show(files)


def show(files: Sequence[File]) -> None:
    """Print the policies, and on stderr what each is for and whether one role takes them all."""
    from chalicelib.domain.onboarding.setup.broker_policies import MANAGED_POLICIES_PER_ROLE

    for file in files:
        print(f"{file.name}: {file.purpose}.", file=sys.stderr)
        print(file.text, end="")
    if len(files) > MANAGED_POLICIES_PER_ROLE:
        print(
            f"These are {len(files)} policies, and a role takes {MANAGED_POLICIES_PER_ROLE} unless"
            " AWS has raised the quota (Managed policies attached to an IAM role). Have it raised,"
            " or keep the statement EnterClients.",
            file=sys.stderr,
        )


def of_the_deployment() -> dict[str, str]:
    """Return the functions' environment variables that the foundation determines."""
    aws = here()
    stack = stacks.required(aws, FOUNDATION)
    told = stack.parameters | stack.outputs
    _, partition, _, _, account, _ = told["BrokerRoleArn"].split(":")
    return {
        "AWS_REGION": aws.region,
        "DAYPASS_STATE_TABLE": told["StateTableName"],
        "DAYPASS_TRAIL_TABLE": told["TrailTableName"],
        "DAYPASS_ACCOUNT_ID": account,
        "DAYPASS_PARTITION": partition,
        "DAYPASS_OTHER_ACCOUNTS": told["OtherAccounts"],
        "DAYPASS_ORGANIZATION_ID": told["OrganizationId"],
    }


if __name__ == "__main__":
    sys.exit(exit_status(main))
