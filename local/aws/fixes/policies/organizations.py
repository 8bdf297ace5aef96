"""Which organization an account is in: `aws:PrincipalOrgID` and `aws:ResourceOrgID`.

"AWS global condition context keys" (IAM User Guide): a request has the key only if the account, the
caller's or the resource's owner's, is in an organization.
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator

_of_account: dict[str, str] = {}


def join(account: str, organization: str) -> None:
    """Put the account into the organization, and out of any other."""
    _of_account[account] = organization


def leave(account: str) -> None:
    """Leave the account in no organization, as every account is at first."""
    _of_account.pop(account, None)


def apply() -> None:
    """Give both keys in every policy evaluation. Nobody is in an organization of its own making."""
    resolve_key = iam_evaluator._resolve_condition_key

    def resolve_with_organization(key: str, context: Any) -> Any:
        if key.lower() == "aws:resourceorgid":
            return _of_account.get(resolve_key("aws:ResourceAccount", context))
        return resolve_key(key, context)

    iam_evaluator._resolve_condition_key = resolve_with_organization
    iam_evaluator._principal_org_id = _of_account.get
