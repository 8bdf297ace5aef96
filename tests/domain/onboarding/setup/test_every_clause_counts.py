"""The tables are complete: without any one clause a rule answers some row differently."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.onboarding.setup import broker_policies as firm
from chalicelib.domain.onboarding.setup import policy_grammar, resources, role_spec, wildcards
from chalicelib.domain.onboarding.setup.formats import cloudformation
from tests.domain.onboarding.setup.permissions_table import ACCEPTED, JUDGED, REFUSED, policy
from tests.domain.onboarding.setup.specs import FIRM, NEXT_EXTERNAL_ID, a_spec
from tests.domain.onboarding.setup.test_role_spec import (
    BOUNDARIES,
    BRAKE,
    IN_S3,
    REFUSED_LINKS,
    REFUSED_SPECS,
    in_partition,
)
from tests.mutants.mutations import variants

Rule = Callable[..., Any]
Calls = list[tuple[tuple[Any, ...], dict[str, Any]]]


def of(*rows):
    return [((row,), {}) for row in rows]


class Unchecked:
    """A specification without its validation."""

    def __init__(self, changes):
        self._spec, self._changes = a_spec(), changes

    def __getattr__(self, name):
        if name in self._changes:
            return self._changes[name]
        attribute = vars(role_spec.RoleSpec).get(name)
        if isinstance(attribute, property):
            return attribute.fget(self)
        return getattr(self._spec, name)


policies = [*REFUSED.values(), *ACCEPTED]
warned = [
    *map(policy, JUDGED),
    *ACCEPTED,
    {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
    {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${a}"}},
]
unchecked = [Unchecked(row[0]) for row in REFUSED_SPECS]
bounded = [*unchecked, Unchecked(BRAKE), *(Unchecked({"boundary_arn": arn}) for arn in BOUNDARIES)]
many = [f"arn:aws:iam::987654321098:role/R{number:03}" for number in range(300)]
statements = [((statement, "Statement[0]"), {}) for statement in JUDGED]
links = [*REFUSED_LINKS, ("template_url", "https://x.s3.amazonaws.com/".ljust(5120, "a"))]
# Lengths with which the last role ends exactly at a policy's limit, and one character beyond.
exact = [
    [*many[:145], f"arn:aws:iam::987654321098:role/{'p' * length}/R"] for length in range(1, 500)
]

RULES = [
    (policy_grammar.check_policy, "", of(*policies), 1),
    (wildcards.find_policy_warnings, "", of(*warned), 4),
    (wildcards._find_statement_warnings, "", statements, 4),
    (wildcards._find_statement_warnings, "_find_action_warning", statements, 6),
    (role_spec._check_boundary, "", of(*bounded), 12),
    (role_spec._check_existing_role, "", of(*unchecked), 3),
    (
        resources.build_trust_policy,
        "",
        of(
            a_spec(),
            a_spec(external_ids=("one", NEXT_EXTERNAL_ID)),
            a_spec(allows_tags=False, allows_source_identity=False),
            *(a_spec(external_ids=("x" * 1000, "y" * length)) for length in range(2, 500)),
        ),
        4,
    ),
    (firm.build_broker_policies, "", [((FIRM, arns), {}) for arns in ([], many, *exact)], 4),
    (
        cloudformation.build_launch_stack_url,
        "",
        [
            ((in_partition("aws-iso"), IN_S3, "us-iso-east-1"), {}),
            *(
                ((a_spec(), url, "eu-central-1"), {})
                for field, url in links
                if field != "partition"
            ),
        ],
        3,
    ),
]


def answer(rule, call):
    """Return the rule's result, refusal or exception as text."""
    args, kwargs = call
    try:
        result = rule(*args, **kwargs)
        return repr(list(result) if hasattr(result, "__next__") else result)
    except DaypassError as refused:
        return f"{refused.reason} {refused.field} {refused.detail}"
    except Exception as broken:  # noqa: BLE001
        return f"broke: {broken!r}"


@pytest.mark.parametrize(
    ("rule", "part", "calls", "fewest"),
    [pytest.param(*row, id=f"{row[0].__qualname__} {row[1]}".strip()) for row in RULES],
)
def test_without_any_one_clause_the_rule_answers_differently(rule, part, calls, fewest):
    whole = [answer(rule, call) for call in calls]
    changed = list(variants(rule, part))
    same = [
        lost
        for lost, variant in changed
        if all(answer(variant, call) == text for call, text in zip(calls, whole, strict=True))
    ]
    assert same == []
    assert len(changed) >= fewest
