"""A profile is read as the AWS CLI reads it, or refused. Secrets are refused before parsing."""

import re
from functools import cache

import pytest
from botocore.configloader import load_config
from botocore.exceptions import ConfigParseError
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.onboarding import profile
from chalicelib.domain.onboarding.profile import Profile, read_profile
from tests.domain.onboarding.profile_table import (
    ACME,
    ARN,
    NO_SECRETS,
    READ,
    REFUSED,
    REMARKED,
    SECRETS,
)
from tests.golden import hold_against_file
from tests.mutants.mutations import variants
from tests.rows import every

SECRET = re.compile(r"Line ([0-9]+) contains a secret key or a token, or text that looks like one")


def read(text, name=None, rule=read_profile):
    """Return the profile without the usual values, or the refusal with its field."""
    try:
        result = rule(text, name)
    except InvalidRequest as error:
        return f"refused, {error.field}: {error.detail}"
    changed = {
        field: getattr(result, field)
        for field, usual in (("role_arn", ARN), ("external_id", "acme-7f3a91c4"))
        if getattr(result, field) != usual
    }
    return "\n  ".join([f"{result.title}, {result.max_session} s {changed}", *result.remarks])


def read_all(rule=read_profile):
    lines = [f"{case}\n  {read(*pasted, rule)}" for case, pasted in (READ | REFUSED).items()]
    for further in REMARKED:
        text = f"{ACME}{further}\n"
        lines.append(f"{further[:200]!a}\n  {read(text, None, rule)}")
    return "\n".join(lines)


def test_profiles_are_read_or_refused_as_the_file_says():
    hold_against_file("onboarding/profiles.txt", read_all())


@every("what", SECRETS)
@every("name", [None, "acme"])
def test_a_text_with_a_secret_is_refused_and_not_repeated(what, name):
    line, secret = SECRETS[what]
    for text, number in (
        (f"{ACME}{line}\n{ACME}", 4),
        (f"{line}\r\n{ACME}", 1),
        (f"\ufeff[x\n{line}", 2),
    ):
        refusal = refusal_of(text, name)
        match = SECRET.match(refusal)
        assert match, refusal
        assert match[1] == str(number)
        assert secret not in refusal
        assert "replace it now" in refusal


@every("line", NO_SECRETS)
def test_other_text_is_not_mistaken_for_a_secret(line):
    assert not SECRET.match(refusal_of(f"{ACME}{line}\n"))


def test_no_refusal_has_a_cause_that_contains_the_text():
    """A log of an error can contain its cause."""
    for pasted in REFUSED.values():
        with pytest.raises(InvalidRequest) as refused:
            read_profile(*pasted)
        assert refused.value.__cause__ is None
        assert refused.value.__context__ is None


def test_the_refusal_does_not_repeat_the_requested_name():
    assert "hunter2" not in refusal_of(ACME, "hunter2")


def test_a_refusal_stays_short():
    many = "".join(f"[profile p{number}]\nrole_arn = x\n" for number in range(500))
    assert len(refusal_of(many)) <= 600


@every(
    "text",
    [
        "[profile acme]\nx" + " " * 16_000 + "y",
        "[profile acme]\nx =" + " " * 16_000 + "y",
        "[" * 16_000,
        "[x]" + " " * 16_000 + "y",
        "[profile " + "'\\" * 8_000 + "]",
        "secret" * 2_700,
        ("A" * 39 + "-") * 400,
        "arn:aws" + "-" * 16_000,
        "PRIVATE " * 2_000,
        "[profile acme]\n" + " x\n" * 5_000,
        "".join(f"[p{number}]\n" for number in range(2_000)),
    ],
)
def test_a_text_made_to_be_slow_is_refused_quickly(text):
    """The time does not grow with the square of the length."""
    assert len(text) >= 10_000
    assert refusal_of(text).startswith(("Line ", "No profile here", "AWS's tools"))


def refusal_of(text, name=None, rule=read_profile):
    try:
        return str(rule(text, name))
    except InvalidRequest as error:
        return error.detail


# Pieces of generated files, with typing errors.
OTHER_KEYS = st.sampled_from(["region", "output", "s3", "mfa_serial", "duration_seconds"])
VALUES = st.sampled_from(["acme-1", "a:b", "x=y", "arn:aws:iam::987654321098:role/R", "3600"])
NAMES = st.sampled_from(
    ["profile acme", "default", 'profile "x y"', "x y", "acme", "services s", "profile x y"]
)
INDENTS = st.sampled_from([""] * 7 + [" ", "  ", "\t"])
ENDS = st.sampled_from(["\n"] * 5 + ["\r\n", "\n\n", " \n", "\n# note\n", "\n  ; note = 1\n"])
DELIMITERS = st.sampled_from([" = ", "=", ": ", "  =\t"])
SETTINGS = st.lists(
    st.tuples(INDENTS, OTHER_KEYS, DELIMITERS, VALUES | st.just(""), ENDS),
    unique_by=lambda setting: setting[1],
    max_size=3,
)
ROLES = st.tuples(
    st.tuples(INDENTS, st.sampled_from(["role_arn", "Role_Arn"]), DELIMITERS, VALUES, ENDS),
    st.tuples(INDENTS, st.sampled_from(["external_id"] * 3 + ["x"]), DELIMITERS, VALUES, ENDS),
)
JUNK = st.sampled_from([""] * 9 + ["[", "x\n", "= x\n", "[profile acme\n", "\ufeff", " k = v\n"])


@st.composite
def files(draw):
    """Up to three sections, most with a role, with few errors."""
    text = draw(JUNK)
    for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
        settings = [*draw(ROLES), *draw(SETTINGS)]
        lines = ["".join(setting) for setting in draw(st.permutations(settings))]
        text += f"{draw(INDENTS)}[{name}]{draw(ENDS)}" + "".join(lines) + draw(JUNK)
    return text


FILES = files()


@given(text=st.text(max_size=200) | FILES, name=st.none() | st.sampled_from(["acme", "x y", ""]))
@settings(max_examples=60)
@example(text="[profile '", name=None)
@example(text="[profile \x00]\x1c\x85\u2028", name=None)
@example(text="\ud800", name="\ud800")
@example(text="[profile \ud800]\nrole_arn=1", name=None)
def test_no_text_breaks_it(text, name):
    try:
        result = read_profile(text, name)
    except InvalidRequest as refusal:
        result = refusal
    if isinstance(result, Profile):
        assert re.fullmatch(r"[\w+=,.@:/-]{2,1224}", result.external_id, re.ASCII)
        assert 900 <= result.max_session <= 3600
    else:
        assert result.field in ("config", "profile")
        assert result.detail.isprintable()


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return tmp_path_factory.mktemp("aws") / "config"


@given(text=FILES)
@settings(max_examples=60)
def test_the_result_is_what_the_aws_cli_reads(config, text):
    for name in ("acme", "default", "x y"):
        try:
            result = read_profile(text, name)
        except InvalidRequest:
            continue
        event("read")
        bare = text.removeprefix("\ufeff")  # the AWS CLI does not skip it
        assert as_the_aws_cli(config, bare, name) == (result.role_arn, result.external_id)


def test_the_aws_cli_reads_accepted_profiles_in_the_same_way(config):
    """Except for some texts that other AWS tools read as Daypass does."""
    read_differently = {
        "a header with spaces in it",
        "a byte order mark",
        "comments behind it",
        "a profile called profile",
        "a name that begins like another kind",
    }
    differ = set()
    for case, (text, chosen) in READ.items():
        result = read_profile(text, chosen)
        name = chosen or (re.search('"(.*)"', result.title) or [""] * 2)[1]
        if name and as_the_aws_cli(config, text, name) != (result.role_arn, result.external_id):
            differ.add(case)
    assert differ == read_differently


def as_the_aws_cli(config, text, name):
    config.write_text(text, encoding="utf-8", newline="")
    try:
        read = load_config(str(config))
    except ConfigParseError:
        return None
    profile = read["profiles"].get(name) or read.get(name, {})  # the latter for ~/.aws/credentials
    return profile.get("role_arn"), profile.get("external_id")


# The functions of the reader, with the least number of clauses of each.
PARTS = {
    read_profile: 4,
    profile._has_secret: 8,
    profile._looks_random: 7,
    profile._parse_profiles: 6,
    profile._parse_profile_name: 9,
    profile._choose_profile: 8,
    profile._read_length_and_remarks: 13,
    profile._format_title: 4,
}


@cache
def everything_read():
    return read_all()


def everything_is_right(rule):
    try:
        return (
            read_all(rule) == everything_read()
            and all(finds_a_secret(rule, line) for line, _ in SECRETS.values())
            and not any(finds_a_secret(rule, line) for line in NO_SECRETS)
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return False


def finds_a_secret(rule, line):
    return SECRET.match(refusal_of(f"{ACME}{line}\n", rule=rule)) is not None


@pytest.mark.parametrize(
    ("part", "fewest"), PARTS.items(), ids=lambda each: getattr(each, "__name__", "")
)
def test_without_any_one_clause_some_text_is_read_wrongly(monkeypatch, part, fewest):
    assert everything_is_right(read_profile)
    changed = list(variants(part))
    unnoticed = []
    for lost, variant in changed:
        monkeypatch.setattr(profile, part.__name__, variant)
        if everything_is_right(profile.read_profile):
            unnoticed.append(lost)
    assert unnoticed == []
    assert len(changed) >= fewest
