"""What whoever deploys has to be permitted to do, and what IAM's simulator says of it.

Half a deployment is worse than none: what is missing is found before the first change. The
simulator knows the policies of users and roles, their boundaries, and service control policies; it
does not know the policy of the session that asks. Where it lacks a condition's key it says so, and
then nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from operating.aws_cli import Aws
from operating.doctor.clashes import Named
from operating.doctor.deeds import (
    BESIDE,
    BESIDE_A_RATE_LIMIT,
    BY_THE_COMMANDS,
    BY_TYPE,
    FOR_A_RATE_LIMIT,
    FOR_RESERVED_CONCURRENCY,
    Deeds,
)
from operating.doctor.findings import Finding, ok, stop


@dataclass(frozen=True, slots=True)
class Deployer:
    """Who deploys, and what is to be made in which account, by the names that are fixed."""

    caller: str
    account: str
    partition: str
    named: list[Named]
    with_a_rate_limit: bool
    reserves_concurrency: bool

    def asked(self, region: str) -> Iterator[tuple[Deeds, list[str]]]:
        """What has to be permitted, and the ARNs of what it is to be permitted on."""
        unnamed = (
            *BY_THE_COMMANDS,
            *BESIDE,
            *(BESIDE_A_RATE_LIMIT if self.with_a_rate_limit else ()),
            *(FOR_RESERVED_CONCURRENCY if self.reserves_concurrency else ()),
        )
        yield from ((deeds, self._arns(deeds, region)) for deeds in unnamed)
        for kind, deeds in (BY_TYPE | (FOR_A_RATE_LIMIT if self.with_a_rate_limit else {})).items():
            names = [one.name for one in self.named if one.type == kind]
            yield deeds, self._arns(deeds, region, *names)

    def _arns(self, deeds: Deeds, region: str, *names: str) -> list[str]:
        where = (self.partition, region, self.account)
        return [deeds.arn.format(*where, name) for name in names or ("",)]


def look(aws: Aws, deployer: Deployer) -> Iterator[Finding]:
    """Whether IAM would let the caller do what a deployment does."""
    if deployer.caller.endswith(":root"):
        yield ok(
            "The account's root user may do all that it takes, unless a service control policy of"
            " the organization forbids it."
        )
        return
    if refused := _refused(aws, deployer):
        what = ", ".join(refused)
        yield stop(f"By IAM's simulator, you may not do all that it takes: {what}.")
    else:
        yield ok("By IAM's simulator, you may do all that it takes.")


def _refused(aws: Aws, deployer: Deployer) -> list[str]:
    """Return the actions that the caller may not do."""
    principal = _principal(aws, deployer.caller)
    found: list[str] = []
    for deeds, arns in deployer.asked(aws.region):
        told = aws(
            "iam",
            "simulate-principal-policy",
            *("--action-names", *deeds.actions),
            *("--resource-arns", *arns),
            policy_source_arn=principal,
        )
        found += [one["EvalActionName"] for one in told["EvaluationResults"] if not is_allowed(one)]
    return sorted(set(found))


def is_allowed(result: dict[str, Any]) -> bool:
    """Return whether it is allowed on each resource, or unknown for want of a condition's key."""
    of_each = result.get("ResourceSpecificResults") or [result]
    return all(
        one.get("EvalResourceDecision", result["EvalDecision"]) == "allowed"
        or one.get("MissingContextValues")
        or result.get("MissingContextValues")
        for one in of_each
    )


def _principal(aws: Aws, caller: str) -> str:
    """Whose policies those are."""
    resource = caller.partition("::")[2].partition(":")[2]
    if resource.startswith("assumed-role/"):
        name = resource.split("/")[1]
        return str(aws("iam", "get-role", role_name=name)["Role"]["Arn"])
    return caller
