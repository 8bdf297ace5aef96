"""The firm's own permissions, judged: they let the broker into its clients' roles, and no other."""

from __future__ import annotations

import json

from chalicelib.domain.firm import Firm
from chalicelib.domain.onboarding.setup import broker_policies as firm
from tests.e2e.setup.conftest import Aws
from tests.local.scene import ALLOW_ALL, BY_LAMBDA, FIRM, new_role, run_as, trusting

US = Firm(account_id=FIRM, partition="aws")


def test_a_broker_with_these_policies_enters_the_listed_roles_only(
    aws: Aws, account_id: str
) -> None:
    """Even a role of our own that trusts the broker, and a client's that trusts it unlisted."""
    endpoint = aws.endpoint
    broker = new_role(endpoint, FIRM, trust=[BY_LAMBDA], permissions=())
    trust = [trusting({"AWS": broker}, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")]
    ours = new_role(endpoint, FIRM, trust=trust)
    unlisted = new_role(endpoint, account_id, trust=trust)
    last = new_role(endpoint, account_id, trust=trust)
    many = [f"arn:aws:iam::{account_id}:role/{'r' * 60}{number:04}" for number in range(130)]

    documents = firm.policies(US, [*many, last])
    assert len(documents) == 3
    iam = endpoint.as_root(FIRM, "iam")
    for number, document in enumerate(documents, 1):
        made = iam.create_policy(
            PolicyName=f"{firm.policy_name(number)}-{account_id}",
            PolicyDocument=json.dumps(document),
        )
        iam.attach_role_policy(RoleName=broker.rsplit("/", 1)[1], PolicyArn=made["Policy"]["Arn"])

    caller = run_as(endpoint, broker)
    tags = [{"Key": "DaypassMember", "Value": "alice"}]
    assert caller.may(last, Tags=tags, SourceIdentity="alice")
    assert not caller.may(last, Tags=[*tags, {"Key": "Department", "Value": "finance"}])
    assert not caller.may(unlisted)
    assert not caller.may(ours)


def test_our_own_role_is_denied_even_to_one_that_may_do_everything(
    aws: Aws, account_id: str
) -> None:
    endpoint = aws.endpoint
    (document,) = firm.policies(US, [f"arn:aws:iam::{account_id}:role/R"])
    _, never, _ = document["Statement"]
    broker = new_role(endpoint, FIRM, trust=[BY_LAMBDA], permissions=[ALLOW_ALL, never])
    ours = new_role(endpoint, FIRM, trust=[trusting({"AWS": broker})])
    theirs = new_role(endpoint, account_id, trust=[trusting({"AWS": broker})])
    caller = run_as(endpoint, broker)
    assert not caller.may(ours)
    assert caller.may(theirs)
