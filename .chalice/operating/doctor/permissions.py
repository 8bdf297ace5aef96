"""Check with IAM's policy simulator that the caller has the permissions for a deployment.

The check runs before the first change, so that a deployment does not stop half-way. The simulator
evaluates the policies of users and roles, permissions boundaries and service control policies, but
not session policies. If it lacks the value of a condition key, the check counts the action as
allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from operating.aws_cli import Aws
from operating.doctor.findings import Finding, ok, stop
from operating.doctor.name_conflicts import NamedResource
from operating.doctor.required_actions import (
    ACTIONS_BY_TYPE,
    ACTIONS_BY_TYPE_FOR_CLIENT_MAIL,
    ACTIONS_BY_TYPE_FOR_EVENT_BUS,
    ACTIONS_BY_TYPE_FOR_RATE_LIMIT,
    ACTIONS_FOR_BOUNDARY,
    ACTIONS_FOR_RESERVED_CONCURRENCY,
    ACTIONS_FOR_TAGS,
    ACTIONS_OF_COMMANDS,
    OTHER_ACTIONS,
    OTHER_ACTIONS_FOR_RATE_LIMIT,
    RequiredActions,
)


@dataclass(frozen=True, slots=True)
class Deployer:
    """The caller who deploys, and the resources with fixed names to create in the account."""

    caller: str
    account: str
    partition: str
    resources: list[NamedResource]
    has_rate_limit: bool
    reserves_concurrency: bool
    has_tags: bool = False
    has_boundary: bool = False
    mails_clients: bool = False
    has_event_bus: bool = False

    def list_required_actions(self, region: str) -> Iterator[tuple[RequiredActions, list[str]]]:
        """Yield the actions that must be allowed, and the ARNs that they must be allowed on."""
        without_names = (
            *ACTIONS_OF_COMMANDS,
            *OTHER_ACTIONS,
            *(OTHER_ACTIONS_FOR_RATE_LIMIT if self.has_rate_limit else ()),
            *(ACTIONS_FOR_RESERVED_CONCURRENCY if self.reserves_concurrency else ()),
            *(ACTIONS_FOR_TAGS if self.has_tags else ()),
            *(ACTIONS_FOR_BOUNDARY if self.has_boundary else ()),
        )
        yield from ((actions, self._build_arns(actions, region)) for actions in without_names)
        for kind, actions in (
            ACTIONS_BY_TYPE
            | (ACTIONS_BY_TYPE_FOR_RATE_LIMIT if self.has_rate_limit else {})
            | (ACTIONS_BY_TYPE_FOR_CLIENT_MAIL if self.mails_clients else {})
            | (ACTIONS_BY_TYPE_FOR_EVENT_BUS if self.has_event_bus else {})
        ).items():
            names = [resource.name for resource in self.resources if resource.type == kind]
            yield actions, self._build_arns(actions, region, *names)

    def _build_arns(self, actions: RequiredActions, region: str, *names: str) -> list[str]:
        """Return the ARNs of the resources with these names, which the actions must be allowed
        on."""
        location = (self.partition, region, self.account)
        return [actions.arn.format(*location, name) for name in names or ("",)]


def check_permissions(aws: Aws, deployer: Deployer) -> Iterator[Finding]:
    """Yield a finding on whether IAM's simulator allows the caller all actions of a deployment."""
    if deployer.caller.endswith(":root"):
        yield ok(
            "The root user has all permissions for a deployment, unless a service control policy"
            " denies some of them."
        )
        return
    if denied := _find_denied_actions(aws, deployer):
        yield stop(
            f"IAM's policy simulator denies you these actions: {', '.join(denied)}. Ask your"
            " administrator to allow them."
        )
    else:
        yield ok("IAM's policy simulator allows you every action of a deployment.")


def _find_denied_actions(aws: Aws, deployer: Deployer) -> list[str]:
    """Return the actions that the simulator denies to the caller."""
    principal = _find_principal(aws, deployer.caller)
    denied: list[str] = []
    for actions, arns in deployer.list_required_actions(aws.region):
        response = aws(
            "iam",
            "simulate-principal-policy",
            *("--action-names", *actions.actions),
            *("--resource-arns", *arns),
            policy_source_arn=principal,
        )
        denied += [
            result["EvalActionName"]
            for result in response["EvaluationResults"]
            if not is_action_allowed(result)
        ]
    return sorted(set(denied))


def is_action_allowed(result: dict[str, Any]) -> bool:
    """Return whether the simulator allows the action of this result on each resource.

    Also return True if the simulator lacks the value of a condition key.
    """
    results = result.get("ResourceSpecificResults") or [result]
    return all(
        specific.get("EvalResourceDecision", result["EvalDecision"]) == "allowed"
        or specific.get("MissingContextValues")
        or result.get("MissingContextValues")
        for specific in results
    )


def _find_principal(aws: Aws, caller: str) -> str:
    """Return the ARN of the user or role whose policies apply to the caller."""
    resource = caller.partition("::")[2].partition(":")[2]
    if resource.startswith("assumed-role/"):
        name = resource.split("/")[1]
        return str(aws("iam", "get-role", role_name=name)["Role"]["Arn"])
    return caller
