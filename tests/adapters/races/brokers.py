"""Broker roles besides the foundation's, that are permitted less."""

from __future__ import annotations

from typing import Any

from chalicelib.adapters.vending.sts import AwsSts
from chalicelib.domain.firm import Firm
from chalicelib.domain.onboarding.setup import broker_policies as firm
from local import sample_accounts
from tests.adapters.scene import Aws
from tests.local.scene import BY_LAMBDA, new_role, policy, run_as


def a_broker(aws: Aws, *statements: Any, knows_itself: bool = True) -> AwsSts:
    """The port of a broker role of its own, that is permitted this much."""
    role_arn = new_role(
        aws.endpoint, sample_accounts.FIRM, trust=[BY_LAMBDA], permissions=statements
    )
    if knows_itself:
        itself = {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": role_arn}
        aws.endpoint.as_root(sample_accounts.FIRM, "iam").put_role_policy(
            RoleName=role_arn.rsplit("/", 1)[1], PolicyName="self", PolicyDocument=policy([itself])
        )
    broker = run_as(aws.endpoint, role_arn)
    sts = broker.client("sts")
    return AwsSts(lambda: sts, lambda service, **_: broker.client(service), role_arn)


def listing(*role_arns: str) -> list[Any]:
    """The statements that the operator is given for clients that are listed by name."""
    us = Firm(account_id=sample_accounts.FIRM, partition="aws")
    return [item for made in firm.policies(us, role_arns) for item in made["Statement"]]
