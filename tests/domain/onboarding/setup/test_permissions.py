"""A role's permissions: a permission set, or the client's own policy."""

import json
import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.onboarding.setup import permissions
from chalicelib.domain.policies.credential_actions import list_credential_actions
from chalicelib.domain.policies.documents import INLINE_POLICIES_MAX, size
from chalicelib.domain.reasons import Reason
from tests.domain.onboarding.setup.actions.lists import actions_of
from tests.domain.onboarding.setup.permissions_table import (
    ACCEPTED,
    GET,
    JUDGED,
    NOT_JSON,
    REFUSED,
    policy,
    where,
)
from tests.golden import hold_against_file
from tests.rows import every

usual = settings(max_examples=100)


def parsed(document, **layout):
    return permissions.parse_permissions_policy(json.dumps(document, **layout))


def refusal(text, parse=permissions.parse_permissions_policy):
    with pytest.raises(InvalidRequest) as refused:
        parse(text)
    assert (refused.value.reason, refused.value.field) == (Reason.BAD_VALUE, "permissions_policy")
    return refused.value.detail


def test_a_policy_is_refused_or_gets_warnings_as_the_file_says():
    lines = [f"{name}: {refusal(text)}" for name, text in NOT_JSON.items()]
    for name, document in REFUSED.items():
        lines.append(f"{name}: {refusal(json.dumps(document))}")
    for statement in JUDGED:
        own = parsed(policy(statement))
        lines += [json.dumps(statement), *(f"  {warning}" for warning in own.warnings)]
    hold_against_file("onboarding/permissions.txt", "\n".join(lines))


def test_invalid_json_is_refused_with_the_place():
    """Python 3.13 reports the comma, and earlier versions the character after it."""
    detail = refusal('{\n "Statement": [],\n}')
    assert re.search("line (2, column 17|3, column 1)", detail)


@every("document", ACCEPTED)
def test_a_valid_policy_is_accepted_unchanged(document):
    own = parsed(document, indent=3)
    assert own.document == document
    assert (own.choice, own.managed_policy) == (None, None)


def test_a_warning_names_its_statement():
    own = parsed(policy(GET, {**GET, "Action": "*"}))
    assert [warning.split(":")[0] for warning in own.warnings] == ["Statement[1].Action"]
    single = parsed({"Version": "2012-10-17", "Statement": {**GET, "Action": "*"}})
    assert [warning.split(":")[0] for warning in single.warnings] == ["Statement.Action"]


@every("version", [{}, {"Version": "2008-10-17"}])
def test_variables_in_an_older_version_get_a_warning(version):
    home = {**GET, "Resource": "arn:aws:s3:::home/${aws:username}/*"}
    own = parsed({"Statement": home, **version})
    assert own.warnings == (
        'Version: only "2012-10-17" supports variables such as ${aws:username}. Use this version.',
    )
    assert parsed({"Statement": GET, **version}).warnings == ()


def a_policy_of(characters):
    empty = size(policy({**GET, "Resource": "arn:aws:s3:::"}))
    return policy({**GET, "Resource": "arn:aws:s3:::" + "x" * (characters - empty)})


def test_a_policy_may_have_exactly_as_many_characters_as_iam_allows():
    assert size(a_policy_of(INLINE_POLICIES_MAX)) == INLINE_POLICIES_MAX
    # White space is not counted.
    parsed(a_policy_of(INLINE_POLICIES_MAX), indent=4)
    assert "10241 characters" in refusal(json.dumps(a_policy_of(INLINE_POLICIES_MAX + 1)))


def test_a_new_policy_leaves_500_characters_for_revoking_sessions():
    """ "IAM and AWS STS quotas" (IAM User Guide): 10,240 for all inline policies of a role."""
    parse = permissions.parse_new_permissions_policy
    parse(json.dumps(a_policy_of(9740), indent=4))
    detail = refusal(json.dumps(a_policy_of(9741), indent=4), parse)
    assert "9741 characters" in detail
    assert "Shorten the policy to 9740" in detail


def test_the_place_is_on_one_line_and_shortened():
    name = "a\n<b>" * 50
    for document in (
        policy({**GET, name: 1}),
        policy(GET, **{name: 1}),
        where(name, operator=name),
    ):
        detail = refusal(json.dumps(document))
        assert detail.isprintable()
        assert len(detail) < 400


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
def test_any_json_is_accepted_or_refused(value):
    with suppress(InvalidRequest):  # no other exception
        permissions.parse_permissions_policy(json.dumps(value))


@given(st.text(max_size=200))
@usual
def test_any_other_text_is_refused(text):
    assert refusal(text)


def test_a_permission_set_is_one_document_or_one_aws_managed_policy():
    """`arn:aws:iam::aws:policy/ViewOnlyAccess` is no policy: it is one of AWS's job functions."""
    managed = set()
    for choice in PermissionSet:
        preset = permissions.find_preset(choice)
        assert preset.choice is choice
        if preset.managed_policy is not None:
            managed.add(preset.managed_policy_arn("aws"))
            assert "AWS maintains this policy and can extend it." in preset.summary
            assert "can change nothing" not in preset.summary
        is_unchanged = choice is PermissionSet.AS_THEY_ARE
        assert (preset.document is None) == (preset.managed_policy is not None or is_unchanged)
        if preset.document is not None:
            assert parsed(preset.document).warnings == ()
    assert managed == {
        "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::aws:policy/SecurityAudit",
    }


@every(
    "action", dict.fromkeys([*actions_of("credentials-exposure.txt"), *list_credential_actions()])
)
def test_an_action_that_exposes_credentials_gets_a_warning(action):
    assert parsed(policy({**GET, "Action": action, "Resource": "*"})).warnings
