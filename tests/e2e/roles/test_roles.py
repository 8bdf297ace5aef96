"""A function's role allows exactly what its routes and jobs need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pytest

from local import functions, sample_accounts
from local.endpoint import PolicyDecision
from tests import permitted
from tests.e2e.roles.deployed import Deployed
from tests.e2e.roles.story import SERVED, VENDS, Story, run_story
from tests.entrypoints.matrix import Cell
from tests.permitted import LEADING_KEYS, listed

FUNCTIONS = functions.roles()
ROLES = sorted(set(FUNCTIONS.values()))
BROKER = "daypass-broker"


@pytest.fixture(scope="module")
def story(on_local_aws: Deployed) -> Story:
    return run_story(on_local_aws)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One action on one resource that a role's policy allows."""

    role: str
    functions: tuple[str, ...]
    """The role's functions to which the statement applies."""
    action: str
    resource: str
    keys: tuple[str, ...]
    """The statement's patterns of partition keys, if any."""

    def __str__(self) -> str:
        resource = self.resource.rpartition(":")[2]
        return f"{'+'.join(self.functions)} {self.action} {resource}"

    def covers(self, decision: PolicyDecision) -> bool:
        return (
            decision.role.endswith(f"/{self.role}")
            and decision.function in map(functions.deployed_name, self.functions)
            and decision.action == self.action
            and fnmatchcase(decision.resource, self.resource)
        )


@pytest.fixture(scope="module")
def allowed(on_local_aws: Deployed) -> list[Allowed]:
    """Return everything that the deployed roles' policies allow, except logging: Lambda itself
    writes logs, but not here."""
    return [item for role in ROLES for item in allowed_to(on_local_aws, role)]


def allowed_to(on_local_aws: Deployed, role: str) -> Iterator[Allowed]:
    iam = on_local_aws.aws.as_root(sample_accounts.FIRM, "iam")
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for item in policy["Statement"]:
        if item["Effect"] != "Allow" or item["Sid"] == "Logs":
            continue
        names = [name for name, its_role in FUNCTIONS.items() if its_role == role]
        by = tuple(name for name in names if permitted.is_for(name, item))
        for action in listed(item["Action"]):
            for resource in listed(item["Resource"]):
                yield Allowed(role, by, action, resource, keys_of(item))


def keys_of(statement: dict[str, Any]) -> tuple[str, ...]:
    item = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get(LEADING_KEYS, [])
    return tuple(listed(item))


@pytest.mark.parametrize("cell", SERVED, ids=str)
def test_each_route_has_all_permissions_in_its_function(story: Story, cell: Cell) -> None:
    answer = story.routes[cell.route]
    assert answer.status == cell.status, answer.text


def test_each_special_case_has_all_permissions(story: Story) -> None:
    by_name = {name: answer.status for name, answer in story.special_cases.items()}
    refused = [by_name.pop("an unknown code"), by_name.pop("an unknown engagement")]
    assert refused == [403, 403]
    assert by_name.pop("a client's check of a missing role") == 303
    assert set(by_name.values()) == {200}
    assert '"grade":"F"' in story.special_cases["a missing role"].text


def test_each_job_has_all_permissions(story: Story) -> None:
    assert story.jobs["Sweep"]["ended"] == "all-done"
    assert (story.jobs["Sweep"]["drifted"], story.jobs["Sweep"]["access_remains"]) == (1, 1)
    assert story.jobs["Notify"] == {
        "sent": 3,
        "failed": 1,
        "given_up": 0,
        "late": 0,
        "ended": "not-delivered",
    }
    assert story.jobs["Watch"] == {"alive": VENDS, "too_many": 1, "recorded": 1}
    for name in ("FirstLead", "RecoverLead", "RecoverLead again"):
        assert story.jobs[name].keys() >= {"member", "code"}


@pytest.mark.parametrize("role", ROLES)
def test_no_request_exceeds_the_roles_permissions(story: Story, role: str) -> None:
    """Buckets, topics and the trail have policies of their own: AWS allows a request that one of
    the two policies allows and neither denies."""
    decisions = [decision for decision in story.decisions if decision.role.endswith(f"/{role}")]
    assert "Deny" not in {item.decision for item in decisions}
    assert of(decisions) == of(item for item in decisions if item.decision == "Allow")


def of(decisions: Iterable[PolicyDecision]) -> set[tuple[Any, ...]]:
    return {(decision.action, decision.resource, decision.leading_keys) for decision in decisions}


@pytest.mark.parametrize("role", ROLES)
def test_the_role_has_no_unused_permission(story: Story, allowed: list[Allowed], role: str) -> None:
    """The statements' conditions also keep one function from another's permissions."""
    unused = [
        f"{function}: {right}"
        for right in allowed
        if right.role == role
        for function in by_each(right)
        if not any(
            right.covers(decision) and is_by(decision, function) for decision in story.decisions
        )
    ]
    assert not unused


def by_each(right: Allowed) -> Iterable[str]:
    """Return the functions that must use the permission: each of the broker's for STS and DynamoDB,
    and otherwise any of the role's."""
    is_divided = right.role == BROKER and right.action.startswith(("dynamodb:", "sts:"))
    return right.functions if is_divided else ("",)


def is_by(decision: PolicyDecision, function: str) -> bool:
    return not function or decision.function == functions.deployed_name(function)


@pytest.mark.parametrize("role", ROLES)
def test_the_role_writes_exactly_the_keys_that_it_may_write(
    story: Story, allowed: list[Allowed], role: str
) -> None:
    for right in allowed:
        if right.role == role and right.action in (
            "dynamodb:PutItem",
            "dynamodb:ConditionCheckItem",
        ):
            seen = {
                key
                for decision in story.decisions
                if right.covers(decision)
                for key in decision.leading_keys
            }
            assert set(right.keys) == seen, str(right)


def test_only_these_functions_have_the_brokers_role() -> None:
    entering = {name for name, role in FUNCTIONS.items() if role == BROKER}
    assert entering == {"Enter", "ClientCheck", "Sweep", "SlackWork"}
