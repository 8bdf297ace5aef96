"""The trust policies that clients get wrong, as the local AWS judges them, and what verify says."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.access import Caller
from chalicelib.domain.model import Kind
from chalicelib.domain.proof import (
    ANY_CASE_GOES,
    ANY_ID_GOES,
    NO_ID_NEEDED,
    NO_SOURCE_IDENTITY,
    NO_TAGS,
    PROVEN,
    REFUSES_US,
)
from chalicelib.usecases.verify import verify
from local import world
from local.world import FIRM, Trust, trust_policy
from tests.adapters.scene import Aws, entry
from tests.builders import a_member, a_role, a_token, an_engagement

Policy = dict[str, Any]


def changed(change: Callable[[Policy, Policy], None], trust: Trust = Trust.AS_ADVISED) -> Any:
    """The advised trust policy, with a change to its first statement or to all of it."""

    def policy(external_id: str) -> Policy:
        document = deepcopy(trust_policy(trust, external_id=external_id))
        change(document, document["Statement"][0])
        return document

    return policy


def compared_with(operator: str, value: str | None = None) -> Any:
    def change(_document: Policy, enter: Policy) -> None:
        equals = enter["Condition"].pop("StringEquals")
        enter["Condition"][operator] = {"sts:ExternalId": value} if value else equals

    return changed(change)


def principal(who: Any) -> Any:
    return changed(lambda _document, enter: enter.update(Principal=who))


def and_also(**statement: Any) -> Any:
    ours = {"Principal": {"AWS": f"arn:aws:iam::{FIRM}:root"}, "Action": "sts:AssumeRole"}
    return changed(lambda document, _: document["Statement"].append(ours | statement))


TRUSTS: dict[str, tuple[Any, bool, tuple[str, ...]]] = {
    "as advised": (changed(lambda *_: None), True, (PROVEN,)),
    "AssumeRole alone": (
        changed(lambda *_: None, Trust.ASSUME_ROLE_ONLY),
        True,
        (PROVEN, NO_SOURCE_IDENTITY, NO_TAGS),
    ),
    "any letter case": (compared_with("StringEqualsIgnoreCase"), False, (ANY_CASE_GOES,)),
    "like anything": (compared_with("StringLike", "*"), False, (ANY_ID_GOES,)),
    "like our prefix": (compared_with("StringLike", "daypass-*"), False, (ANY_ID_GOES,)),
    "if it exists": (compared_with("StringEqualsIfExists"), False, (NO_ID_NEEDED,)),
    "not equal": (compared_with("StringNotEquals", "other"), False, (NO_ID_NEEDED, ANY_ID_GOES)),
    "no condition on it": (
        changed(lambda *_: None, Trust.WITHOUT_EXTERNAL_ID),
        False,
        (NO_ID_NEEDED, ANY_ID_GOES),
    ),
    "a second statement without it": (
        and_also(Effect="Allow"),
        False,
        (NO_ID_NEEDED, ANY_ID_GOES),
    ),
    "everybody, with the external ID": (principal({"AWS": "*"}), True, (PROVEN,)),
    "another account": (principal({"AWS": "arn:aws:iam::111122223333:root"}), False, (REFUSES_US,)),
    "a service": (principal({"Service": "lambda.amazonaws.com"}), False, (REFUSES_US,)),
    "a deny of it all": (and_also(Effect="Deny"), False, (REFUSES_US,)),
    "another external ID": (
        compared_with("StringEquals", "daypass-other"),
        False,
        (REFUSES_US,),
    ),
    "another role of ours": (
        changed(
            lambda _document, enter: enter["Condition"].update(
                ArnEquals={"aws:PrincipalArn": f"arn:aws:iam::{FIRM}:role/other"}
            )
        ),
        False,
        (REFUSES_US,),
    ),
}


@pytest.mark.parametrize("trust", TRUSTS)
def test_what_is_wrong_with_a_trust_policy_is_found_and_said(
    aws: Aws, name: str, trust: str
) -> None:
    policy, passed, findings = TRUSTS[trust]
    external_id = f"daypass-{name}"
    aws.endpoint.as_root(world.ACME.account, "iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(policy(external_id))
    )
    lead, token = a_member(f"{name}-lead", kind=Kind.LEAD), a_token(f"{name}-lead")
    later = aws.ports.now() + timedelta(1)
    place = an_engagement(name, external_id=external_id, ends_at=later)
    arn = f"arn:aws:iam::{world.ACME.account}:role/{name}"
    role = a_role(engagement=name, arn=arn, verification=None)
    aws.ports.state.change([lead, token, place, role], entry(name))

    proof = verify(aws.ports, Caller(lead, token), name, "readonly").verification

    assert proof is not None
    assert (proof.passed, proof.findings) == (passed, findings)
