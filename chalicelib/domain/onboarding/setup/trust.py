"""The trust policy: which principal may assume the role, with which conditions, until when."""

from __future__ import annotations

from chalicelib.domain.errors import bad_value
from chalicelib.domain.identifiers import SESSION_TAG_KEYS
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.policies.documents import TRUST_POLICY_MAX, Document, document, size

# A session tag overrides the role's own tag with the same key, and tag-based policies (ABAC) rely
# on it. So Daypass may set its own two keys only. AWS evaluates TagSession only for a session with
# tags, and the request then lists their keys. Without such a list the tags are inherited from the
# caller's own session. `ForAllValues` is true for an empty list, so `Null` has to refuse an empty
# one.
DAYPASS_TAGS_ONLY: Document = {
    "ForAllValues:StringEquals": {"aws:TagKeys": list(SESSION_TAG_KEYS)},
    "Null": {"aws:TagKeys": "false"},
}


def build_trust_policy(spec: RoleSpec) -> Document:
    """Return the trust policy that lets the broker role assume the client's role.

    The trust policy requires one of the spec's external IDs, and ends when the engagement ends.
    Raise InvalidRequest if it has more than 2,048 characters.

    A condition names the broker role, and `Principal` only its AWS account. IAM would replace a
    role in `Principal` by its unique ID, and a role that is deleted and created again gets another
    ID ("AWS JSON policy elements: Principal", IAM User Guide). Each action has its own condition
    keys and so its own statement ("Actions, resources, and condition keys for AWS STS", Service
    Authorization Reference).
    """
    ids = list(spec.external_ids)
    id_or_ids = ids if len(ids) > 1 else ids[0]
    external_id_condition = {"StringEquals": {"sts:ExternalId": id_or_ids}}
    statements = [
        _build_statement(spec, "DaypassAssumeRole", "sts:AssumeRole", external_id_condition)
    ]
    if spec.allows_source_identity:
        statements.append(_build_statement(spec, "DaypassIdentity", "sts:SetSourceIdentity", {}))
    if spec.allows_tags:
        statements.append(
            _build_statement(spec, "DaypassTags", "sts:TagSession", DAYPASS_TAGS_ONLY)
        )
    trust = document(*statements)
    if size(trust) > TRUST_POLICY_MAX:
        raise bad_value(
            "external_ids",
            f"The trust policy would have {size(trust)} characters. IAM accepts at most"
            f" {TRUST_POLICY_MAX}.",
        )
    return trust


def build_trust_policy_denying_all() -> Document:
    """Return a trust policy with which no one can assume the role. With it, a client can block a
    role without deleting it."""
    return document(
        {
            "Sid": "DenyAllAccess",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "sts:AssumeRole",
        }
    )


def _build_statement(spec: RoleSpec, sid: str, action: str, conditions: Document) -> Document:
    """Return a statement that allows the broker role this action until the spec's end, under these
    further conditions."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": spec.firm.root_arn},
        "Action": action,
        "Condition": {
            **conditions,
            "ArnEquals": {"aws:PrincipalArn": spec.firm.broker_role_arn},
            "DateLessThan": {"aws:CurrentTime": spec.end},
        },
    }
