"""Each function's role has all the permissions that its routes and jobs need, and no others."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pytest

from local import functions, sample_accounts
from tests import permitted
from tests.e2e.roles.story import SERVED, VENDS, run_story
from tests.entrypoints.web.matrix.table import action_rows
from tests.permitted import LEADING_KEYS, listed

FUNCTIONS = functions.roles()
ROWS = {row.name: cell for row in action_rows() for cell in row.cells if cell.caller == row.caller}
ROLES = sorted(set(FUNCTIONS.values()))
BROKER = "daypass-broker"


@pytest.fixture(scope="module")
def story(deployment):
    return run_story(deployment)


@dataclass(frozen=True, slots=True)
class Permission:
    """One action on one resource, which a statement of a role's policy allows."""

    role: str
    functions: tuple[str, ...]
    """The role's functions that the statement applies to."""
    action: str
    resource: str
    keys: tuple[str, ...]
    """Patterns of partition keys; empty if the statement restricts none."""

    def __str__(self):
        resource = self.resource.rpartition(":")[2]
        return f"{'+'.join(self.functions)} {self.action} {resource}"

    def covers(self, decision):
        return (
            decision.role.endswith(f"/{self.role}")
            and decision.function in map(functions.deployed_name, self.functions)
            and decision.action == self.action
            and fnmatchcase(decision.resource, self.resource)
        )


@pytest.fixture(scope="module")
def permissions(deployment):
    """Return all permissions of the deployed roles, except to write logs, which Lambda does itself,
    and on configuration sets: the local Amazon SES has none."""
    return [permission for role in ROLES for permission in permissions_of(deployment, role)]


def permissions_of(deployment, role):
    iam = deployment.aws.as_root(sample_accounts.FIRM, "iam")
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for statement in policy["Statement"]:
        if statement["Effect"] != "Allow" or statement["Sid"] == "Logs":
            continue
        of_role = [name for name, its_role in FUNCTIONS.items() if its_role == role]
        names = tuple(name for name in of_role if permitted.is_for(name, statement))
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                if ":configuration-set/" in resource:
                    continue
                yield Permission(role, names, action, resource, keys_of(statement))


def keys_of(statement):
    condition = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
    return tuple(listed(condition.get(LEADING_KEYS, [])))


@pytest.mark.parametrize("cell", SERVED, ids=str)
def test_a_routes_function_has_all_permissions_it_needs(story, cell):
    response = story.routes[cell.route]
    assert response.status == cell.status, response.text


def test_functions_have_the_permissions_for_special_cases(story):
    statuses = {name: response.status for name, response in story.special_cases.items()}
    refusals = [statuses.pop("an unknown code"), statuses.pop("an unknown engagement")]
    assert refusals == [403, 403]
    assert statuses.pop("a client's check of a missing role") == 303
    assert statuses.pop("a client's check of a brake") == 303
    assert set(statuses.values()) == {200}
    assert '"grade":"F"' in story.special_cases["a missing role"].text


def test_the_consoles_functions_have_all_permissions_they_need(story):
    statuses = {name: answer.status for name, answer in story.console.items()}
    refused = {name for name in statuses if name.startswith("refused")}
    assert {statuses[name] for name in refused} == {403, 404}
    assert {name for name, status in statuses.items() if status >= 400} == refused
    assert statuses.keys() > ROWS.keys()
    for name, row in ROWS.items():
        assert statuses[name] == row.status, story.console[name].text


def test_jobs_have_all_permissions_they_need(story):
    assert story.jobs["Sweep"]["ended"] == "all-done"
    assert (story.jobs["Sweep"]["drifted"], story.jobs["Sweep"]["access_remains"]) == (1, 1)
    assert (story.jobs["Look-up"]["ended"], story.jobs["Look-up"]["compared"]) == ("all-done", 1)
    assert story.jobs["Notify"] == {
        "sent": 6,
        "failed": 1,
        "given_up": 0,
        "late": 0,
        "expired": 0,
        "ended": "not-delivered",
    }
    assert story.jobs["Overview"]["ended"] == "all-done"
    assert story.jobs["Digest"] == {"hours": 1, "entries": 0, "ended": "all-done"}
    assert story.jobs["Digest again"] == story.jobs["Digest"]
    assert story.jobs["Watch"] == {"alive": VENDS, "too_many": 1, "recorded": 1}
    assert (story.jobs["CutOff"]["ended"], story.jobs["CutOff"]["seen"]) == ("all-done", 1)
    for name in ("FirstLead", "RecoverLead", "RecoverLead again"):
        assert story.jobs[name].keys() >= {"member", "code"}


@pytest.mark.parametrize("role", ROLES)
def test_no_request_of_a_role_is_denied(story, role):
    """For a bucket, a topic and the trail, IAM also evaluates the resource's own policy.

    A request is allowed if either policy allows it and neither denies it.
    """
    decisions = [decision for decision in story.decisions if decision.role.endswith(f"/{role}")]
    assert "Deny" not in {decision.decision for decision in decisions}
    allowed = [decision for decision in decisions if decision.decision == "Allow"]
    assert requests_of(decisions) == requests_of(allowed)


def requests_of(decisions):
    return {(decision.action, decision.resource, decision.leading_keys) for decision in decisions}


@pytest.mark.parametrize("role", ROLES)
def test_every_permission_of_a_role_is_used(story, permissions, role):
    """Each function that a statement's condition names uses the permission itself."""
    unused = [
        f"{function}: {permission}"
        for permission in permissions
        if permission.role == role
        for function in functions_to_observe(permission)
        if not any(
            permission.covers(decision) and is_by(decision, function)
            for decision in story.decisions
        )
    ]
    assert not unused


def functions_to_observe(permission):
    """Return the functions that must use the permission; an empty name stands for any of them.

    Each of the broker's functions must use its permissions for STS and DynamoDB.
    """
    is_divided = permission.role == BROKER and permission.action.startswith(("dynamodb:", "sts:"))
    return permission.functions if is_divided else ("",)


def is_by(decision, function):
    return not function or decision.function == functions.deployed_name(function)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_put_and_check_only_the_keys_that_it_uses(story, permissions, role):
    for permission in permissions:
        if permission.role == role and permission.action in (
            "dynamodb:PutItem",
            "dynamodb:ConditionCheckItem",
        ):
            used_keys = {
                key
                for decision in story.decisions
                if permission.covers(decision)
                for key in decision.leading_keys
            }
            # A decision has a key up to its first #. `#?*` is `#*` without the key that has
            # nothing after the #. `JOBRUN#sweep` is one key of `JOBRUN#*`, and `STOPS#GRANT#*` are
            # some of `STOPS#*`.
            keys = {re.sub(r"#(\?\*|[a-z].*|[A-Z]+#\*)$", "#*", key) for key in permission.keys}
            assert keys == used_keys, str(permission)


def test_only_functions_that_assume_clients_roles_run_as_the_broker():
    broker_functions = {name for name, role in FUNCTIONS.items() if role == BROKER}
    assert broker_functions == {"Enter", "ClientCheck", "CutOff", "Sweep"}
