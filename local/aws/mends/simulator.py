"""IAM's policy simulator: who may ask about whom, and what it says of nobody."""

from __future__ import annotations

from typing import Any

from ministack.core import iam_actions
from ministack.core.responses import get_account_id
from ministack.services import iam

_SIMULATE = "SimulatePrincipalPolicy"
_ROLE = ":role/"


def apply() -> None:
    """Permit it by the principal that is asked about, and know whether there is such a role.

    "Actions, resources, and condition keys for AWS IAM" (Service Authorization Reference): the
    resource of SimulatePrincipalPolicy is the user, group or role. Unmended it is `*`, so that a
    policy which names the role permits nothing.
    """
    extract_resource_arn = iam_actions.extract_resource_arn
    simulate = iam._IAM_HANDLERS[_SIMULATE]

    def extract_principal(
        service: str, method: str, path: str, headers: Any, body: Any, query: Any, *more: Any
    ) -> str:
        source = query.get("PolicySourceArn") if service == "iam" else None
        if source:
            return str(source[0] if isinstance(source, list) else source)
        found: str = extract_resource_arn(service, method, path, headers, body, query, *more)
        return found

    def simulate_of_somebody(parameters: dict[str, Any]) -> Any:
        source = iam._p(parameters, "PolicySourceArn")
        if _ROLE in source:
            role = iam._roles.get_scoped(get_account_id(), None, source.rsplit("/", 1)[-1])
            if role is None or role["Arn"] != source:
                return iam._error(404, "NoSuchEntity", f"Role {source} does not exist.", ns="iam")
        return simulate(parameters)

    iam_actions.extract_resource_arn = extract_principal
    iam._IAM_HANDLERS[_SIMULATE] = simulate_of_somebody
