"""Role specifications for tests, and those with stored files."""

import json
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.firm import Firm
from chalicelib.domain.onboarding.setup import permissions
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec

FIRM = Firm(account_id="123456789012", partition="aws")
EXTERNAL_ID = "daypass-abcdefghijklmnopqrstuvwxyz234567"
CUT_OFF_EXTERNAL_ID = "daypass-cutoffcutoffcutoffcutoffcutoff22"
NEXT_EXTERNAL_ID = "daypass-765432zyxwvutsrqponmlkjihgfedcba"
END = datetime(2026, 12, 31, 18, tzinfo=UTC)

ODD_POLICY = {
    "Version": "2012-10-17",
    "Id": 'it\'s "ours" & <theirs>',
    "Statement": [
        {
            "Sid": "HomeFolders",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": "arn:aws:s3:::acme-home/${aws:username}/%{x}/$${y}/'\\\"/*",
            "Condition": {
                "StringLike": {"s3:prefix": ["", "Zoë/*", "a\tb\nc"]},
                "Bool": {"aws:SecureTransport": True},
                "NumericLessThan": {"s3:max-keys": 100},
            },
        },
        {"Effect": "Deny", "NotAction": "s3:*", "NotResource": ["arn:aws:s3:::acme-home"]},
    ],
}


def a_spec(*, firm_name: str = "Initrode Consulting", **changes: Any) -> RoleSpec:
    fields: dict[str, Any] = {
        "firm": FIRM,
        "client": "Acme",
        "role_arn": "arn:aws:iam::987654321098:role/ContractorRole",
        "external_ids": (EXTERNAL_ID,),
        "ends_at": END,
        "permissions": permissions.READ_BASICS,
    }
    fields |= changes
    return RoleSpec(**{**fields, "firm": replace(fields["firm"], name=firm_name)})


def audit_while_rotating(account_id: str = "987654321098", **changes: Any) -> RoleSpec:
    fields: dict[str, Any] = {
        "role_arn": f"arn:aws:iam::{account_id}:role/partners/initrode/AuditRole",
        "external_ids": (EXTERNAL_ID, NEXT_EXTERNAL_ID),
        "permissions": permissions.SECURITY_AUDIT,
        "max_session_duration": 7200,
        "makes_boundary": True,
    }
    return a_spec(**(fields | changes))


def odd_names(account_id: str = "987654321098", **changes: Any) -> RoleSpec:
    """Return a specification with text that a language could mistake for code."""
    fields: dict[str, Any] = {
        "firm_name": 'O\'Brien & "Sons" <script>$(id)`id` {{resolve:ssm:x}} ${x} Łódź\nrm -rf /',
        "client": "Zoë's\r\n# Müller\u2028GmbH \\ %{if true}",
        "role_arn": f'arn:aws:iam::{account_id}:role/it\'s/"q"/\\n/%{{x}}/`id`/-odd+=,.@-',
        "permissions": permissions.parse_permissions_policy(json.dumps(ODD_POLICY)),
        "boundary_arn": "arn:aws:iam::aws:policy/PowerUserAccess",
        "max_session_duration": 43200,
        "allows_tags": False,
    }
    return a_spec(**(fields | changes))


def with_brake(account_id: str = "987654321098", **changes: Any) -> RoleSpec:
    fields: dict[str, Any] = {
        "role_arn": f"arn:aws:iam::{account_id}:role/ContractorRole",
        "cut_off": CutOffMethod.BRAKE,
        "cut_off_external_id": CUT_OFF_EXTERNAL_ID,
    }
    return a_spec(**(fields | changes))


def with_deny_all(account_id: str = "987654321098", **changes: Any) -> RoleSpec:
    """Return a specification with odd names and a boundary of the client's, and with deny-all."""
    cut_off = {"cut_off": CutOffMethod.DENY_ALL, "cut_off_external_id": CUT_OFF_EXTERNAL_ID}
    return odd_names(account_id, **(cut_off | changes))


def after_a_brake(account_id: str = "987654321098") -> RoleSpec:
    return with_brake(account_id, cut_off=CutOffMethod.NONE)


KEPT = {
    "the-article": a_spec(),
    "audit-while-rotating": audit_while_rotating(),
    "odd-names": odd_names(),
    "with-brake": with_brake(),
    "with-deny-all-and-odd-names": with_deny_all(),
    "after-a-brake": after_a_brake(),
}
