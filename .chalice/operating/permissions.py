"""`make permissions`: print IAM policies that let the broker into each client's role by name.

They are made from the records, with the operator's own credentials, and change nothing. They hold
every role, however many there are. Stdout has the policies and nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from operating import parameters, regions
from operating.stacks import FOUNDATION, by_key
from operating.telling import Stop, exit_status

if TYPE_CHECKING:
    from chalicelib.domain.onboarding.client_setup import File


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
    """What the functions are told, as far as it is the foundation's to say."""
    import botocore.session
    from botocore.exceptions import BotoCoreError, ClientError

    session = botocore.session.get_session()
    region = os.environ.get("REGION") or session.get_config_variable("region")
    if not region:
        raise Stop("No region is set. Say which, as in: make permissions REGION=eu-central-1")
    if fault := regions.fault(region):
        raise Stop(fault)
    try:
        asked = session.create_client("cloudformation", region_name=region)
        (stack,) = asked.describe_stacks(StackName=FOUNDATION)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        raise Stop(f"The stack {FOUNDATION} cannot be read in {region}: {error}") from error
    told = by_key(stack["Parameters"], "Parameter") | by_key(stack["Outputs"], "Output")
    _, partition, _, _, account, _ = told["BrokerRoleArn"].split(":")
    return {
        "AWS_REGION": region,
        "DAYPASS_STATE_TABLE": told["StateTableName"],
        "DAYPASS_TRAIL_TABLE": told["TrailTableName"],
        "DAYPASS_ACCOUNT_ID": account,
        "DAYPASS_PARTITION": partition,
        "DAYPASS_OTHER_ACCOUNTS": told["OtherAccounts"],
        "DAYPASS_ORGANIZATION_ID": told["OrganizationId"],
    }


if __name__ == "__main__":
    sys.exit(exit_status(main))
