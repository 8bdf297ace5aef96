"""The organizations of accounts: `aws:PrincipalOrgID` and `aws:ResourceOrgID`.

"AWS global condition context keys" (IAM User Guide): a request has such a key only if the caller's
account, or the resource's, is in an organization.
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator

_of_account: dict[str, str] = {}


def join(account: str, organization: str) -> None:
    """Move the account into the organization."""
    _of_account[account] = organization


def leave(account: str) -> None:
    """Remove the account from its organization. A new account is in none."""
    _of_account.pop(account, None)


def apply() -> None:
    """Provide both keys to every policy evaluation. Only `join` puts an account into one: an
    account that creates an organization in ministack is not in it."""
    resolve_key = iam_evaluator._resolve_condition_key

    def resolve_with_organization(key: str, context: Any) -> Any:
        if key.lower() == "aws:resourceorgid":
            return _of_account.get(resolve_key("aws:ResourceAccount", context))
        return resolve_key(key, context)

    iam_evaluator._resolve_condition_key = resolve_with_organization
    iam_evaluator._principal_org_id = _of_account.get
