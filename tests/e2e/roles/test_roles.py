"""A function's role may do what its routes and jobs need: all of it, and nothing else."""

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
from tests.e2e.roles.story import SERVED, VENDS, Story, tell
from tests.entrypoints.matrix import Cell
from tests.permitted import LEADING_KEYS, listed

FUNCTIONS = functions.roles()
ROLES = sorted(set(FUNCTIONS.values()))
BROKER = "daypass-broker"


@pytest.fixture(scope="module")
def story(place: Deployed) -> Story:
    return tell(place)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One action on one resource, which a statement of a role's policy allows."""

    role: str
    functions: tuple[str, ...]
    """Those of the role's that it is allowed to: the statement may name some of them."""
    action: str
    resource: str
    keys: tuple[str, ...]
    """The patterns of partition keys, if the statement names any."""

    def __str__(self) -> str:
        where = self.resource.rpartition(":")[2]
        return f"{'+'.join(self.functions)} {self.action} {where}"

    def covers(self, one: PolicyDecision) -> bool:
        return (
            one.role.endswith(f"/{self.role}")
            and one.function in map(functions.deployed_name, self.functions)
            and one.action == self.action
            and fnmatchcase(one.resource, self.resource)
        )


@pytest.fixture(scope="module")
def allowed(place: Deployed) -> list[Allowed]:
    """All that the roles' policies allow, as they were deployed. But for the logs: Lambda itself
    writes them, which it does not do here."""
    return [item for role in ROLES for item in allowed_to(place, role)]


def allowed_to(place: Deployed, role: str) -> Iterator[Allowed]:
    iam = place.aws.as_root(sample_accounts.FIRM, "iam")
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for item in policy["Statement"]:
        if item["Effect"] != "Allow" or item["Sid"] == "Logs":
            continue
        mine = [name for name, its in FUNCTIONS.items() if its == role]
        by = tuple(name for name in mine if permitted.is_for(name, item))
        for action in listed(item["Action"]):
            for resource in listed(item["Resource"]):
                yield Allowed(role, by, action, resource, keys_of(item))


def keys_of(statement: dict[str, Any]) -> tuple[str, ...]:
    item = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get(LEADING_KEYS, [])
    return tuple(listed(item))


@pytest.mark.parametrize("cell", SERVED, ids=str)
def test_a_route_has_all_that_it_needs_in_its_function(story: Story, cell: Cell) -> None:
    answer = story.routes[cell.route]
    assert answer.status == cell.status, answer.text


def test_so_it_has_where_things_are_otherwise(story: Story) -> None:
    by_name = {name: answer.status for name, answer in story.rarer.items()}
    refused = [by_name.pop("a code that is none"), by_name.pop("an engagement that is none")]
    assert refused == [403, 403]
    assert by_name.pop("a client's check of such a role") == 303
    assert set(by_name.values()) == {200}
    assert '"grade":"F"' in story.rarer["a role that is gone"].text


def test_what_no_route_leads_to_has_all_that_it_needs(story: Story) -> None:
    assert story.jobs["Sweep"]["ended"] == "all-done"
    assert (story.jobs["Sweep"]["drifted"], story.jobs["Sweep"]["access_remains"]) == (1, 1)
    assert story.jobs["Notify"] == {
        "sent": 3,
        "failed": 1,
        "given_up": 0,
        "late": 0,
        "ended": "not-delivered",
    }
    assert story.jobs["Watch"] == {"alive": VENDS, "too_many": 1, "told": 1}
    for name in ("FirstLead", "RecoverLead", "RecoverLead again"):
        assert story.jobs[name].keys() >= {"member", "code"}


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_asked_for_that_the_role_may_not_do(story: Story, role: str) -> None:
    """Of a bucket, a topic and the trail their own policies are asked as well: what one of the two
    allows, and neither denies, is allowed."""
    decisions = [decision for decision in story.decisions if decision.role.endswith(f"/{role}")]
    assert "Deny" not in {item.decision for item in decisions}
    assert of(decisions) == of(item for item in decisions if item.decision == "Allow")


def of(decisions: Iterable[PolicyDecision]) -> set[tuple[Any, ...]]:
    return {(decision.action, decision.resource, decision.leading_keys) for decision in decisions}


@pytest.mark.parametrize("role", ROLES)
def test_the_role_may_do_nothing_that_is_never_asked_for(
    story: Story, allowed: list[Allowed], role: str
) -> None:
    """Nor any function what only another of the role's does: see the statements' conditions."""
    never = [
        f"{function}: {right}"
        for right in allowed
        if right.role == role
        for function in by_each(right)
        if not any(
            right.covers(decision) and is_by(decision, function) for decision in story.decisions
        )
    ]
    assert not never


def by_each(right: Allowed) -> Iterable[str]:
    """Who has to be seen to use it: of the broker's functions each one, where it enters clients or
    reaches the tables; of another role's any."""
    is_divided = right.role == BROKER and right.action.startswith(("dynamodb:", "sts:"))
    return right.functions if is_divided else ("",)


def is_by(one: PolicyDecision, function: str) -> bool:
    return not function or one.function == functions.deployed_name(function)


@pytest.mark.parametrize("role", ROLES)
def test_the_role_may_put_and_check_under_the_keys_that_it_is_seen_to_and_no_others(
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


def test_a_role_that_enters_clients_is_no_other_functions() -> None:
    entering = {name for name, role in FUNCTIONS.items() if role == BROKER}
    assert entering == {"Enter", "ClientCheck", "Sweep", "SlackWork"}
