"""The trust policy: WHO may come in, from where, with what and until when."""

from __future__ import annotations

from chalicelib.domain.errors import bad_value
from chalicelib.domain.identifiers import SESSION_TAG_KEYS
from chalicelib.domain.onboarding.setup.documents import TRUST_POLICY_MAX, Document, document, size
from chalicelib.domain.onboarding.setup.facts import Setup

# A session's tag overrides the role's own tag of that key, and policies by tag (ABAC) believe it:
# by way of us nobody is to set any but ours. TagSession is asked for only if there are tags,
# and their keys are then in the request. If they are not, the tags come down from the caller's own
# session, unseen: `ForAllValues` is true of no keys at all, so that `Null` has to refuse it.
OUR_TAGS_ALONE: Document = {
    "ForAllValues:StringEquals": {"aws:TagKeys": list(SESSION_TAG_KEYS)},
    "Null": {"aws:TagKeys": "false"},
}


def trust_policy(setup: Setup) -> Document:
    """Let the firm's broker role in, with the external ID, until the engagement ends.

    The role is a condition, since AWS turns a role in `Principal` into its unique ID, which a role
    made anew does not have ("AWS JSON policy elements: Principal", IAM User Guide). Each action has
    condition keys of its own, and so a statement ("Actions, resources, and condition keys for AWS
    STS", Service Authorization Reference). InvalidRequest for more than 2,048 characters.
    """
    ids = list(setup.external_ids)
    with_the_id = {"StringEquals": {"sts:ExternalId": ids if ids[1:] else ids[0]}}
    statements = [_statement(setup, "DaypassMayEnter", "sts:AssumeRole", with_the_id)]
    if setup.allows_source_identity:
        statements.append(_statement(setup, "DaypassMayTellWho", "sts:SetSourceIdentity", {}))
    if setup.allows_tags:
        statements.append(_statement(setup, "DaypassMayTag", "sts:TagSession", OUR_TAGS_ALONE))
    trust = document(*statements)
    if size(trust) > TRUST_POLICY_MAX:
        raise bad_value(
            "external_ids",
            f"The trust policy would have {size(trust)} characters; IAM takes {TRUST_POLICY_MAX}.",
        )
    return trust


def closed_trust_policy() -> Document:
    return document(
        {
            "Sid": "NobodyMayEnter",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "sts:AssumeRole",
        }
    )


def _statement(setup: Setup, sid: str, action: str, further: Document) -> Document:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": setup.firm.root_arn},
        "Action": action,
        "Condition": {
            **further,
            "ArnEquals": {"aws:PrincipalArn": setup.firm.broker_role_arn},
            "DateLessThan": {"aws:CurrentTime": setup.end},
        },
    }
