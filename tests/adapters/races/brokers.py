"""Broker roles with fewer permissions than the foundation's."""

from __future__ import annotations

from typing import Any

from chalicelib.adapters.vending.sts import AwsSts
from chalicelib.domain.firm import Firm
from chalicelib.domain.onboarding.setup import broker_policies as firm
from local import sample_accounts
from tests.adapters.scene import Aws
from tests.local.scene import BY_LAMBDA, new_role, policy, run_as


def a_broker(aws: Aws, *statements: Any, may_simulate: bool = True) -> AwsSts:
    """Create a broker role with these statements, and return its Sts port."""
    role_arn = new_role(
        aws.endpoint, sample_accounts.FIRM, trust=[BY_LAMBDA], permissions=statements
    )
    if may_simulate:
        simulation = {
            "Effect": "Allow",
            "Action": "iam:SimulatePrincipalPolicy",
            "Resource": role_arn,
        }
        aws.endpoint.as_root(sample_accounts.FIRM, "iam").put_role_policy(
            RoleName=role_arn.rsplit("/", 1)[1],
            PolicyName="self",
            PolicyDocument=policy([simulation]),
        )
    broker = run_as(aws.endpoint, role_arn)
    sts = broker.client("sts")
    return AwsSts(lambda: sts, lambda service, **_: broker.client(service), role_arn)


def listing(*role_arns: str) -> list[Any]:
    """Return the broker's policy statements for an operator that lists the clients' roles."""
    daypass = Firm(account_id=sample_accounts.FIRM, partition="aws")
    policies = firm.build_broker_policies(daypass, role_arns)
    return [statement for document in policies for statement in document["Statement"]]
