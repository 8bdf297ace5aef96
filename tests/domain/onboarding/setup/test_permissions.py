"""What a role may do: ready-made, or in the client's own words."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.credential_actions import all_actions
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.onboarding.setup import permissions
from chalicelib.domain.onboarding.setup.documents import INLINE_POLICIES_MAX, size
from chalicelib.domain.onboarding.setup.removal import deny_issued_until
from chalicelib.domain.reasons import Reason
from tests.domain.onboarding.setup.actions.lists import actions_of
from tests.domain.onboarding.setup.permissions_table import (
    GET,
    NOT_JSON,
    REFUSED,
    TAKEN,
    WARNED,
    policy,
    where,
)

KEPT_BY_AWS = [ready for ready in permissions.PRESETS if ready.managed_policy]
usual = settings(max_examples=300)


def rows(table: list[Any]) -> list[Any]:
    return [pytest.param(*row, id=name) for name, *row in table]


def refusal(text: str) -> str:
    with pytest.raises(InvalidRequest) as refused:
        permissions.own(text)
    assert (refused.value.reason, refused.value.field) == (Reason.BAD_VALUE, "permissions_policy")
    return refused.value.detail


@pytest.mark.parametrize(
    ("given_", "detail"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_what_iam_would_not_take_is_refused_with_the_place(given_: Any, detail: str) -> None:
    assert refusal(json.dumps(given_)).startswith(detail)


@pytest.mark.parametrize(
    ("text", "detail"), [row[1:] for row in NOT_JSON], ids=[r[0] for r in NOT_JSON]
)
def test_what_is_not_json_is_refused_with_the_place(text: str, detail: str) -> None:
    assert detail in refusal(text)


@pytest.mark.parametrize("taken", rows(TAKEN))
def test_what_iam_takes_is_kept_as_it_is(taken: Any) -> None:
    own = permissions.own(json.dumps(taken, indent=3))
    assert own.document == taken
    assert (own.choice, own.managed_policy) == (None, None)


@pytest.mark.parametrize(
    ("statement", "warnings"), [r[1:] for r in WARNED], ids=[r[0] for r in WARNED]
)
def test_wildcards_are_warned_about_and_not_refused(statement: Any, warnings: list[str]) -> None:
    assert list(permissions.own(json.dumps(policy(statement))).warnings) == warnings


def test_a_warning_names_the_statement_it_is_about() -> None:
    own = permissions.own(json.dumps(policy(GET, {**GET, "Action": "*"})))
    assert [warning.split(":")[0] for warning in own.warnings] == ["Statement[1].Action"]
    single = permissions.own(
        json.dumps({"Version": "2012-10-17", "Statement": {**GET, "Action": "*"}})
    )
    assert [warning.split(":")[0] for warning in single.warnings] == ["Statement.Action"]


@pytest.mark.parametrize("version", [{}, {"Version": "2008-10-17"}])
def test_variables_in_a_policy_of_old_are_warned_about(version: dict[str, str]) -> None:
    home = {**GET, "Resource": "arn:aws:s3:::home/${aws:username}/*"}
    own = permissions.own(json.dumps({"Statement": home, **version}))
    assert own.warnings == ('Version: only "2012-10-17" knows variables such as ${aws:username}.',)
    assert permissions.own(json.dumps({"Statement": GET, **version})).warnings == ()


def a_policy_of(characters: int) -> Any:
    empty = size(policy({**GET, "Resource": "arn:aws:s3:::"}))
    return policy({**GET, "Resource": "arn:aws:s3:::" + "x" * (characters - empty)})


def test_a_policy_fills_what_a_role_takes_and_not_one_character_more() -> None:
    assert size(a_policy_of(INLINE_POLICIES_MAX)) == INLINE_POLICIES_MAX
    # White space is not counted.
    permissions.own(json.dumps(a_policy_of(INLINE_POLICIES_MAX), indent=4))
    assert "10241 characters" in refusal(json.dumps(a_policy_of(INLINE_POLICIES_MAX + 1)))


def test_a_new_policy_leaves_500_characters_free_for_a_cut_off() -> None:
    """ "IAM and AWS STS quotas" (IAM User Guide): 10,240 for all inline policies of a role."""
    permissions.accept_own(json.dumps(a_policy_of(9740), indent=4))
    with pytest.raises(InvalidRequest) as refused:
        permissions.accept_own(json.dumps(a_policy_of(9741), indent=4))
    assert refused.value.field == "permissions_policy"
    assert "9741 characters" in (refused.value.detail or "")
    assert "shorten the policy to 9740" in (refused.value.detail or "")


def test_a_cut_off_fits_beside_the_longest_policy_that_is_accepted() -> None:
    cut_off = deny_issued_until("2026-11-24T12:00:00Z")
    assert size(a_policy_of(9740)) + size(cut_off) <= INLINE_POLICIES_MAX


def test_a_place_is_shown_on_one_line_and_shortened() -> None:
    name = "a\n<b>" * 50
    for given_ in (policy({**GET, name: 1}), policy(GET, **{name: 1}), where(name, operator=name)):
        detail = refusal(json.dumps(given_))
        assert detail.isprintable()
        assert len(detail) < 200


@given(st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
              st.sampled_from(["Allow", "*", "s3:Get*", "2012-10-17", "aws:x"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["Version", "Statement", "Effect", "Action", "Resource", "Condition",
                             "StringEquals", "aws:x", "Sid", "Id", "NotAction"]),
            inner, max_size=5),
    ),
    max_leaves=20,
))  # fmt: skip
@usual
def test_whatever_is_given_is_taken_or_refused_in_words(value: Any) -> None:
    with suppress(InvalidRequest):  # and nothing else is ever raised
        permissions.own(json.dumps(value))


@given(st.text(max_size=200))
@usual
def test_whatever_text_is_given_is_refused_in_words(text: str) -> None:
    assert refusal(text)


@pytest.mark.parametrize("ready", permissions.PRESETS, ids=lambda ready: ready.choice)
def test_a_ready_made_choice_is_one_document_or_one_policy_of_awss(
    ready: permissions.Permissions,
) -> None:
    assert (ready.document is None) != (ready.managed_policy is None)
    if ready.document is not None:
        assert permissions.own(json.dumps(ready.document)).warnings == ()


def test_every_permission_set_is_found_by_its_name() -> None:
    found = {choice: permissions.preset(choice) for choice in PermissionSet}
    assert all(ready.choice is choice for choice, ready in found.items())
    there = found[PermissionSet.AS_THEY_ARE]
    assert (there.document, there.managed_policy) == (None, None)


def test_what_aws_keeps_is_where_aws_keeps_it() -> None:
    """`arn:aws:iam::aws:policy/ViewOnlyAccess` is no policy: it is one of AWS's job functions."""
    arns = {ready.managed_policy_arn("aws") for ready in KEPT_BY_AWS}
    assert arns == {
        "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::aws:policy/SecurityAudit",
    }


@pytest.mark.parametrize("ready", KEPT_BY_AWS, ids=lambda ready: ready.choice)
def test_of_a_list_that_aws_keeps_nothing_is_said_for_ever(ready: permissions.Permissions) -> None:
    assert "Nothing can be changed" not in ready.sentence
    assert "AWS keeps the list" in ready.sentence


@pytest.mark.parametrize(
    "action", dict.fromkeys([*actions_of("credentials-exposure.txt"), *all_actions()])
)
def test_what_hands_out_credentials_is_warned_about(action: str) -> None:
    own = permissions.own(json.dumps(policy({**GET, "Action": action, "Resource": "*"})))
    assert own.warnings
