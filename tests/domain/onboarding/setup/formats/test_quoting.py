"""A text quoted for another language reads back as the same text."""

import subprocess

import hcl2
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.onboarding.setup import quoting
from tests.domain.onboarding.setup.formats import hcl_reader
from tests.domain.onboarding.setup.formats.texts import texts
from tests.rows import every

usual = settings(max_examples=100)
few = settings(max_examples=30)


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
