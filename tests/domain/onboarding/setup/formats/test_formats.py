"""Every format creates the same role, with any names and policies, quoted for its language."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import hcl2
import pytest
import yaml
from awscli.customizations.cloudformation.yamlhelper import yaml_parse
from cfnlint.decode import decode_str
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.onboarding.setup import permissions, quoting
from chalicelib.domain.onboarding.setup.formats import cloudformation, plain, script, terraform
from chalicelib.domain.onboarding.setup.quoting import quote_for_shell
from chalicelib.domain.onboarding.setup.resources import build_trust_policy
from tests.domain.onboarding.setup.formats import hcl_reader
from tests.domain.onboarding.setup.formats.reading import (
    by_cloudformation,
    by_plain,
    by_script,
    by_terraform,
    calls_of,
    expected,
)
from tests.domain.onboarding.setup.formats.texts import texts
from tests.domain.onboarding.setup.permissions_table import LONG_KEYS, where
from tests.domain.onboarding.setup.specs import (
    CUT_OFF_EXTERNAL_ID,
    KEPT,
    a_spec,
)
from tests.rows import every

READERS = [by_cloudformation, by_terraform, by_script, by_plain]
by_bash = partial(by_script, interpreter="/bin/bash")
few = settings(max_examples=30)

paths = st.lists(
    st.text(
        st.one_of(
            st.sampled_from("'\"\\`%{}()<>&;#!~|"),
            st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="/*?$"),
        ),
        min_size=1,
        max_size=8,
    ),
    max_size=3,
).map(lambda parts: "/" + "".join(f"{part}/" for part in parts))
role_names = st.text("abcXYZ019_+=,.@-", min_size=1, max_size=64)


BOUNDARIES_AND_CUT_OFFS = [
    {},
    {"makes_boundary": True},
    *(
        {"cut_off": method, "cut_off_external_id": CUT_OFF_EXTERNAL_ID, "makes_boundary": bounded}
        for method in CutOffMethod
        for bounded in (False, True)
        if not (bounded and method is CutOffMethod.BRAKE)
    ),
]


@st.composite
def specs(draw):
    arn = f"arn:aws:iam::987654321098:role{draw(paths)}{draw(role_names)}"
    try:
        policy = permissions.parse_permissions_policy(
            json.dumps(
                {
                    "Statement": {
                        "Effect": "Allow",
                        "Action": "s3:*",
                        "Resource": f"arn:aws:s3:::{draw(texts)}x",
                        "Condition": {"StringEquals": {f"aws:PrincipalTag/{draw(texts)}": ["x"]}},
                    }
                }
            )
        )
        return a_spec(
            role_arn=arn,
            client=draw(texts),
            firm_name=draw(texts),
            permissions=draw(st.sampled_from([policy, *permissions.PRESETS])),
            **draw(st.sampled_from(BOUNDARIES_AND_CUT_OFFS)),
        )
    except InvalidRequest:
        return a_spec(client=draw(texts), firm_name=draw(texts))


@pytest.mark.parametrize("read", READERS, ids=lambda reader: reader.__name__)
@given(spec=specs())
@few
def test_with_any_names_a_format_creates_the_specified_role(read, spec):
    assert read(spec) == expected(spec)


@every("read", [*READERS, by_bash])
@every("spec", KEPT.values())
def test_a_format_creates_the_specified_role(read, spec):
    assert read(spec) == expected(spec)


def test_cfn_lint_finds_nothing(tmp_path):
    files = [tmp_path / f"{name}.yaml" for name in KEPT]
    for file, spec in zip(files, KEPT.values(), strict=True):
        file.write_text(cloudformation.build_role_template(spec), encoding="utf-8")
    lint = Path(sys.executable).parent / "cfn-lint"
    run = subprocess.run([lint, *files], capture_output=True, check=False, text=True)
    assert (run.returncode, run.stdout) == (0, "")


@every("key", LONG_KEYS.values())
def test_the_longest_condition_key_is_read_by_every_reader(key):
    spec = a_spec(permissions=permissions.parse_permissions_policy(json.dumps(where(key, "y"))))
    for read in READERS:
        assert read(spec) == expected(spec)
    text = cloudformation.build_role_template(spec)
    (policy,) = yaml_parse(text)["Resources"]["Role"]["Properties"]["Policies"]  # the AWS CLI's
    assert policy["PolicyDocument"] == where(key, "y")
    template, errors = decode_str(text)  # cfn-lint's
    assert (template["Resources"].keys(), errors) == ({"Role"}, [])


def trust_of_cloudformation(spec):
    template = yaml.safe_load(cloudformation.build_trust_policy_property(spec))
    assert list(template) == ["AssumeRolePolicyDocument"]
    return template["AssumeRolePolicyDocument"]


def trust_of_terraform(spec):
    resource = f'resource "aws_iam_role" "x" {{\n{terraform.build_trust_policy_argument(spec)}\n}}'
    (role,) = hcl_reader.read(resource).blocks
    assert list(role.settings) == ["assume_role_policy"]
    return role.settings["assume_role_policy"]["jsonencode"]


def trust_of_script(spec):
    get_role = f"printf '%s\\n' {quote_for_shell(spec.role_arn)}"
    calls = calls_of(script.build_trust_policy_script(spec), spec.account_id, role=get_role)
    assert set(calls) == {
        "get-caller-identity", "get-role", "update-assume-role-policy",
    }  # fmt: skip
    return json.loads(calls["update-assume-role-policy"]["--policy-document"])


def trust_of_plain(spec):
    return json.loads(next(plain.build_policy_files(spec)).text)


TRUST_ALONE = [trust_of_cloudformation, trust_of_terraform, trust_of_script, trust_of_plain]


@every("spec", KEPT.values())
@every("read", TRUST_ALONE)
def test_a_format_has_the_trust_policy_alone(read, spec):
    assert read(spec) == build_trust_policy(spec)


@given(client=texts, firm_name=texts)
@few
def test_no_name_is_code_of_a_format(client, firm_name):
    """No name ends a comment, or is a dynamic reference of CloudFormation."""
    spec = a_spec(client=client, firm_name=firm_name)
    template = cloudformation.build_role_template(spec)
    for text in (
        template,
        terraform.build_role_configuration(spec),
        script.build_role_script(spec).removeprefix("#!/bin/sh\n\n"),
    ):
        head = text.split("To remove this access")[0]
        assert all(line.startswith("# ") for line in head.split("\n"))
        assert len(head.splitlines()) == len(head.split("\n"))
    assert "{{" not in template + cloudformation.build_trust_policy_property(spec)
    for read in (trust_of_cloudformation, trust_of_terraform, trust_of_plain):
        assert read(spec) == build_trust_policy(spec)


usual = settings(max_examples=100)


@given(texts)
@usual
def test_yaml_reads_the_text_back_as_key_and_value(text):
    quoted = quoting.quote_for_yaml(text)
    assert yaml.safe_load(f"a:\n  - {quoted}: {quoted}\n    b: c\n") == {
        "a": [{text: text, "b": "c"}]
    }


@every("text", ["yes", "No", "on", "OFF", "y", "N", "true", "Null", "", "~", "1"])
def test_a_text_that_yaml_would_read_otherwise_is_quoted(text):
    assert quoting.quote_for_yaml(text) == f'"{text}"'


@every("name", ["Role", "AWS::IAM::Role", "sts:AssumeRole", "s3:Get*"])
def test_a_plain_name_of_aws_is_not_quoted(name):
    assert quoting.quote_for_yaml(name) == name
    assert yaml.safe_load(f"{name}: {name}") == {name: name}


@given(texts)
@usual
def test_terraform_reads_the_text_back(text):
    assert hcl_reader.read(f"a = {quoting.quote_for_terraform(text)}\nb = true").settings == {
        "a": text,
        "b": True,
    }


@given(texts)
@few
def test_another_reader_of_terraform_sees_one_text_and_no_code(text):
    # This reader accepts `$${` as text only with a closing brace.
    closed = text.replace("{", "{}")
    document = hcl2.loads(f"a = {quoting.quote_for_terraform(closed)}\nb = true\n")
    assert {key for key in document if not key.startswith("__")} == {"a", "b"}
    assert document["b"] is True


@every(
    "text, written",
    [
        ("${aws:username}", '"$${aws:username}"'),
        ("%{if}", '"%%{if}"'),
        ("$${", r'"\u0024$${"'),
        ("%${", r'"\u0025$${"'),
        ("$5 {", '"$5 {"'),
        ('a"b\\c\nd', r'"a\"b\\c\nd"'),
        ("é😀", r'"\u00e9\U0001f600"'),
    ],
)
def test_terraform_templates_are_written_as_text(text, written):
    assert quoting.quote_for_terraform(text) == written


@pytest.mark.parametrize("shell", ["sh", "bash"])
@given(text=texts.filter(lambda text: "\0" not in text))
@few
def test_real_shells_read_the_text_back(shell, text):
    run = subprocess.run(
        [shell, "-c", f"printf %s {quoting.quote_for_shell(text)}"], capture_output=True, check=True
    )
    assert run.stdout.decode("utf-8", "surrogateescape") == text


def test_a_nul_cannot_be_quoted_for_a_shell():
    with pytest.raises(ValueError, match="NUL"):
        quoting.quote_for_shell("a\0b")


@given(st.text())
@usual
def test_a_name_is_one_line_of_printable_text(name):
    line = quoting.fit_on_one_line(name)
    assert line == "" or (line.isprintable() and line.splitlines() == [line])
    assert len(line) <= quoting.MAX_NAME_LENGTH


@given(texts)
@usual
def test_a_description_has_only_accepted_characters_and_no_code(text):
    description = quoting.clean_description(text)
    assert all(" " <= c <= "~" or "\xa1" <= c <= "\xff" for c in description)
    assert not set(description) & set("{}")
