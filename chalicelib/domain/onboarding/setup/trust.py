"""The trust policy: WHO may come in, from where, with what and until when."""

from __future__ import annotations

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.onboarding.setup.documents import TRUST_POLICY_MAX, Document, document, size
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.reasons import Reason


def trust_policy(setup: Setup) -> Document:
    """Let the firm's broker role in, with the external ID, until the engagement ends.

    The principal is the firm's account and the role is a condition: AWS turns a role in
    `Principal` into that very role's unique ID, which a role made anew does not have ("AWS JSON
    policy elements: Principal", IAM User Guide). InvalidRequest if it is larger than IAM's default
    for a trust policy, 2,048 characters.
    """
    enter = _statement(setup, "DaypassMayEnter", ["sts:AssumeRole"])
    external_ids = list(setup.external_ids)
    enter["Condition"] = {
        "StringEquals": {"sts:ExternalId": external_ids if external_ids[1:] else external_ids[0]},
        **enter["Condition"],
    }
    statements = [enter]
    # Apart from the first: AWS documents the external ID for AssumeRole itself, and "Passing
    # session tags in AWS STS" (IAM User Guide) leaves it out of the statement for tags.
    tell = ["sts:SetSourceIdentity"] * setup.allows_source_identity
    tell += ["sts:TagSession"] * setup.allows_tags
    if tell:
        statements.append(_statement(setup, "DaypassMayTellWho", tell))
    trust = document(*statements)
    if size(trust) > TRUST_POLICY_MAX:
        raise InvalidRequest(
            Reason.BAD_VALUE,
            f"The trust policy would have {size(trust)} characters; IAM takes {TRUST_POLICY_MAX}.",
            field="external_ids",
        )
    return trust


def closed_trust_policy() -> Document:
    """Trust nobody. The role stays, and no session of it begins any more."""
    return document(
        {
            "Sid": "NobodyMayEnter",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "sts:AssumeRole",
        }
    )


def _statement(setup: Setup, sid: str, actions: list[str]) -> Document:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{setup.firm.partition}:iam::{setup.firm.account_id}:root"},
        "Action": actions if actions[1:] else actions[0],
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": setup.broker_role_arn},
            "DateLessThan": {"aws:CurrentTime": setup.end},
        },
    }
