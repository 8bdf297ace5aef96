"""The broker's policies, evaluated: they allow its clients' roles and no others."""

import json

from chalicelib.domain.firm import Firm
from chalicelib.domain.onboarding.setup import broker_policies as firm
from tests.local.scene import ALLOW_ALL, BY_LAMBDA, FIRM, new_role, run_as, trusting

THE_FIRM = Firm(account_id=FIRM, partition="aws")


def test_the_broker_can_assume_only_the_listed_roles(aws, account_id):
    """Refused: a role of the firm's that trusts the broker, and a client's unlisted one."""
    endpoint = aws.endpoint
    broker = new_role(endpoint, FIRM, trust=[BY_LAMBDA], permissions=())
    trust = [trusting({"AWS": broker}, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")]
    firm_role = new_role(endpoint, FIRM, trust=trust)
    unlisted = new_role(endpoint, account_id, trust=trust)
    last = new_role(endpoint, account_id, trust=trust)
    many = [f"arn:aws:iam::{account_id}:role/{'r' * 60}{number:04}" for number in range(130)]

    documents = firm.build_broker_policies(THE_FIRM, [*many, last])
    assert len(documents) == 3
    iam = endpoint.as_root(FIRM, "iam")
    for number, document in enumerate(documents, 1):
        created = iam.create_policy(
            PolicyName=f"{firm.format_policy_name(number)}-{account_id}",
            PolicyDocument=json.dumps(document),
        )
        iam.attach_role_policy(
            RoleName=broker.rsplit("/", 1)[1], PolicyArn=created["Policy"]["Arn"]
        )

    caller = run_as(endpoint, broker)
    tags = [{"Key": "DaypassMember", "Value": "alice"}]
    assert caller.may(last, Tags=tags, SourceIdentity="alice")
    assert not caller.may(last, Tags=[*tags, {"Key": "Department", "Value": "finance"}])
    assert not caller.may(unlisted)
    assert not caller.may(firm_role)


def test_the_firms_own_role_is_denied_even_to_an_administrator(aws, account_id):
    endpoint = aws.endpoint
    (document,) = firm.build_broker_policies(THE_FIRM, [f"arn:aws:iam::{account_id}:role/R"])
    _, deny, _ = document["Statement"]
    broker = new_role(endpoint, FIRM, trust=[BY_LAMBDA], permissions=[ALLOW_ALL, deny])
    firm_role = new_role(endpoint, FIRM, trust=[trusting({"AWS": broker})])
    client_role = new_role(endpoint, account_id, trust=[trusting({"AWS": broker})])
    caller = run_as(endpoint, broker)
    assert not caller.may(firm_role)
    assert caller.may(client_role)
