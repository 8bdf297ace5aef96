"""The resource and the condition keys of requests to IAM.

"Actions, resources, and condition keys for AWS IAM" (Service Authorization Reference): a role's ARN
has its path, and the requests that attach or detach a managed policy have the key iam:PolicyARN.
ministack has neither.
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_actions
from ministack.services import iam

_ROLE = ":role/"


def apply() -> None:
    extract_resource_arn = iam_actions.extract_resource_arn
    find_context = iam_actions.request_tag_context

    def extract_with_path(
        service: str, method: str, path: str, headers: Any, body: Any, query: Any, *more: Any
    ) -> str:
        arn: str = extract_resource_arn(service, method, path, headers, body, query, *more)
        return _add_path(arn, iam._p(query, "Path")) if service == "iam" and _ROLE in arn else arn

    def find_context_with_policy(service: str, action: str, body: Any, query: Any) -> Any:
        context = find_context(service, action, body, query)
        attached = iam._p(query, "PolicyArn") if action in _ATTACHING else ""
        return context | ({"iam:PolicyARN": attached} if attached else {})

    iam_actions.extract_resource_arn = extract_with_path
    iam_actions.request_tag_context = find_context_with_policy


_ATTACHING = {
    f"iam:{verb}{principal}Policy"
    for verb in ("Attach", "Detach")
    for principal in ("Group", "Role", "User")
}


def _add_path(arn: str, new_path: str) -> str:
    """Return the ARN of the existing role, or of the role that is created with this path."""
    account, name = arn.split(":")[4], arn.rpartition("/")[2]
    role = iam._roles.get_scoped(account, None, name)
    return (
        str(role["Arn"]) if role else arn.replace(f"{_ROLE}{name}", f":role{new_path or '/'}{name}")
    )
