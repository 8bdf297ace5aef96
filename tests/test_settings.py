"""The environment: what the function has to be told, what it may be told, and what stops it."""

from __future__ import annotations

import json
import re

import pytest
from msgspec.structs import asdict

from chalicelib.settings import (
    BadSettings,
    fault,
    invalid_settings,
    notification_settings,
    prober_settings,
    settings,
    slack_settings,
)

TOLD = {
    "DAYPASS_STATE_TABLE": "daypass-state",
    "DAYPASS_TRAIL_TABLE": "daypass-trail",
    "DAYPASS_ACCOUNT_ID": "123456789012",
    "DAYPASS_PARTITION": "aws",
    "AWS_REGION": "eu-central-1",
}
OPTIONAL = {
    "DAYPASS_FIRM_NAME": ("firm_name", ""),
    "DAYPASS_IDENTITY_PROVIDERS": ("identity_providers", ()),
    "DAYPASS_FIRM_CONTACT": ("firm_contact", ""),
    "DAYPASS_ORGANIZATION_ID": ("organization_id", ""),
    "DAYPASS_OTHER_ACCOUNTS": ("other_accounts", ()),
    "DAYPASS_TEMPLATE_BUCKET": ("template_bucket", ""),
}
NAME = "AWS_LAMBDA_FUNCTION_NAME"  # which AWS Lambda sets
ACCOUNTS = [f"{number:012}" for number in range(50)]


def test_what_is_optional_need_not_be_there() -> None:
    known = settings(TOLD)
    assert known.state_table == "daypass-state"
    for name, empty in OPTIONAL.values():
        assert getattr(known, name) == empty


@pytest.mark.parametrize("variable", OPTIONAL)
def test_what_is_optional_may_be_empty(variable: str) -> None:
    name, empty = OPTIONAL[variable]
    assert getattr(settings(TOLD | {variable: ""}), name) == empty


@pytest.mark.parametrize(
    ("name", "arn"),
    [
        ("daypass-Enter-1a", "arn:aws:lambda:eu-central-1:123456789012:function:daypass-Enter-1a"),
        ("", ""),
    ],
)
def test_a_function_knows_its_arn_by_the_name_that_lambda_gives_it(name: str, arn: str) -> None:
    assert settings(TOLD | {NAME: name}).function_arn == arn
    assert settings(TOLD).function_arn == ""


@pytest.mark.parametrize("accounts", [ACCOUNTS[:1], ACCOUNTS])
def test_the_firms_other_accounts_are_told_apart(accounts: list[str]) -> None:
    known = settings(TOLD | {"DAYPASS_OTHER_ACCOUNTS": ",".join(accounts)})
    assert known.other_accounts == tuple(accounts)


@pytest.mark.parametrize("variable", TOLD)
@pytest.mark.parametrize("empty", [True, False])
def test_what_is_missing_is_named(variable: str, *, empty: bool) -> None:
    rest = {name: value for name, value in TOLD.items() if name != variable}
    with pytest.raises(BadSettings, match=f"{variable} is not set"):
        settings(rest | ({variable: ""} if empty else {}))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DAYPASS_STATE_TABLE", "a table"),
        ("DAYPASS_TRAIL_TABLE", "t"),
        ("DAYPASS_ACCOUNT_ID", "12345678901"),
        ("DAYPASS_ACCOUNT_ID", "123456789012\n"),
        ("DAYPASS_PARTITION", "azure"),
        ("AWS_REGION", "eu central"),
    ],
)
def test_what_is_required_and_cannot_be_right_stops_the_start(variable: str, value: str) -> None:
    with pytest.raises(BadSettings) as refused:
        settings(TOLD | {variable: value})
    assert str(refused.value) == (f"The environment variable {variable} has an invalid value.")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DAYPASS_OTHER_ACCOUNTS", "222233334444, 333344445555"),
        ("DAYPASS_OTHER_ACCOUNTS", "222233334444\n"),
        ("DAYPASS_OTHER_ACCOUNTS", ",".join([*ACCOUNTS, "222233334444"])),
        ("DAYPASS_IDENTITY_PROVIDERS", "[]\n"),
        ("DAYPASS_IDENTITY_PROVIDERS", "x" * 2049),
        ("DAYPASS_ORGANIZATION_ID", "o-short"),
        ("DAYPASS_ORGANIZATION_ID", "o-EXAMPLE123"),
        ("DAYPASS_IDENTITY_PROVIDERS", "{"),
        ("DAYPASS_TEMPLATE_BUCKET", "https://bucket"),
        ("DAYPASS_FIRM_NAME", "two\nlines"),
        ("DAYPASS_FIRM_NAME", "next\x85line"),
        ("DAYPASS_FIRM_NAME", "line\u2028separator"),
        ("DAYPASS_FIRM_NAME", "nothing\x00"),
        ("DAYPASS_FIRM_NAME", "x" * 81),
    ],
)
def test_an_invalid_optional_setting_is_left_empty_and_named_and_nothing_else_changes(
    variable: str, value: str
) -> None:
    valid = TOLD | {
        "DAYPASS_FIRM_NAME": "Example",
        "DAYPASS_FIRM_CONTACT": "aws@example.com",
        "DAYPASS_OTHER_ACCOUNTS": "222233334444",
        "DAYPASS_ORGANIZATION_ID": "o-a1b2c3d4e5",
        "DAYPASS_IDENTITY_PROVIDERS": json.dumps([GOOGLE]),
        "DAYPASS_TEMPLATE_BUCKET": "templates",
    }
    name, empty = OPTIONAL[variable]
    known = settings(valid | {variable: value})
    assert asdict(known) == asdict(settings(valid)) | {name: empty, "invalid": {name}}
    assert invalid_settings(valid | {variable: value}) == [variable]
    assert invalid_settings(valid) == []


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("DAYPASS_FIRM_CONTACT", "nobody", "has an invalid value"),
        ("DAYPASS_STATE_TABLE", "", "is not set"),
        ("DAYPASS_IDENTITY_PROVIDERS", "x", "is invalid: it is not JSON"),
        ("DAYPASS_FIRM_CONTACT", "", None),
        ("DAYPASS_IDENTITY_PROVIDERS", "", None),
        ("DAYPASS_FUNCTION", "Enter", None),
        ("PATH", "/usr/bin", None),
    ],
)
def test_a_fault_says_what_is_wrong_and_does_not_repeat_the_value(
    variable: str, value: str, problem: str | None
) -> None:
    assert fault(variable, value) == problem


@pytest.mark.parametrize("name", ["Example Consulting", "Söhne & Töchter GmbH", "Łódź", "x" * 80])
def test_a_firm_is_called_what_it_likes(name: str) -> None:
    assert settings(TOLD | {"DAYPASS_FIRM_NAME": name}).firm_name == name


GOOGLE = {"issuer": "https://accounts.google.com", "audience": "x.apps.googleusercontent.com"}


def test_an_identity_providers_tokens_are_signed_with_rs256_unless_told_otherwise() -> None:
    ours = {"issuer": "https://login.example.com:8443/firm/", "audience": "daypass"}
    told = json.dumps([GOOGLE, ours | {"algorithms": ["ES384", "EdDSA"]}])
    google, own = settings(TOLD | {"DAYPASS_IDENTITY_PROVIDERS": told}).identity_providers
    assert (google.issuer, google.audience, google.algorithms) == (*GOOGLE.values(), ("RS256",))
    assert (own.issuer, own.algorithms) == (ours["issuer"], ("ES384", "EdDSA"))


@pytest.mark.parametrize(
    ("providers", "problem"),
    [
        ("accounts.google.com", "it is not JSON"),
        (json.dumps(GOOGLE), "Expected `array`"),
        (json.dumps([GOOGLE, GOOGLE]), "two providers have the same issuer"),
        (json.dumps([GOOGLE | {"issuer": "http://accounts.google.com"}]), r"`\$\[0\]\.issuer`"),
        (json.dumps([GOOGLE | {"issuer": "https://"}]), "issuer"),
        (json.dumps([GOOGLE | {"issuer": "https://a b"}]), "issuer"),
        (json.dumps([GOOGLE | {"audience": ""}]), "audience"),
        (json.dumps([{"issuer": GOOGLE["issuer"]}]), "audience"),
        (json.dumps([GOOGLE | {"algorithms": []}]), "algorithms"),
        # With a secret that both know, or none, whom a token is for could make it.
        (json.dumps([GOOGLE | {"algorithms": ["HS256"]}]), "algorithms"),
        (json.dumps([GOOGLE | {"algorithms": ["RS256", "none"]}]), "algorithms"),
        (json.dumps([GOOGLE | {"algorithm": "RS256"}]), "algorithm"),
    ],
)
def test_no_identity_provider_is_trusted_by_halves(providers: str, problem: str) -> None:
    said = fault("DAYPASS_IDENTITY_PROVIDERS", providers)
    assert said is not None
    assert re.search(f"^is invalid: .*{problem}", said)
    known = settings(TOLD | {"DAYPASS_IDENTITY_PROVIDERS": providers})
    assert (known.identity_providers, known.invalid) == ((), {"identity_providers"})


PROBER = {
    "DAYPASS_API_URL": "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/api",
    "DAYPASS_PROBER_PARAMETER": "/daypass/prober",
    "AWS_REGION": "eu-central-1",
}


def test_the_prober_is_told_where_the_api_is_and_its_tokens() -> None:
    known = prober_settings(PROBER)
    assert (known.api_url, known.parameter) == (
        PROBER["DAYPASS_API_URL"],
        PROBER["DAYPASS_PROBER_PARAMETER"],
    )
    assert (known.canary_account, known.region) == ("", "eu-central-1")
    told = prober_settings(PROBER | {"DAYPASS_CANARY_ACCOUNT": "444455556666"})
    assert told.canary_account == "444455556666"


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("https://daypass.example.com:8443/api", True),
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://daypass.example.com/api", False),
        ("https://prober@daypass.example.com/api", False),
        ("https://daypass.example.com/api?to=x", False),
        ("https://daypass.example.com/api\n", False),
    ],
)
def test_the_prober_shows_its_token_over_https_alone_but_for_this_machine(
    address: str, *, taken: bool
) -> None:
    try:
        told = prober_settings(PROBER | {"DAYPASS_API_URL": address}).api_url
    except BadSettings:
        told = ""
    assert (told == address) is taken


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("DAYPASS_API_URL", "", "is not set"),
        ("DAYPASS_PROBER_PARAMETER", "", "is not set"),
        ("DAYPASS_PROBER_PARAMETER", "/daypass/*", "has an invalid value"),
    ],
)
def test_what_the_prober_lacks_or_cannot_be_right_is_named(
    variable: str, value: str, problem: str
) -> None:
    with pytest.raises(BadSettings, match=f"{variable} {problem}"):
        prober_settings(PROBER | {variable: value})


def test_an_invalid_canary_account_turns_off_the_canary_and_no_other_check() -> None:
    told = PROBER | {"DAYPASS_CANARY_ACCOUNT": "44445555666"}
    assert prober_settings(told) == prober_settings(PROBER)


SLACK = {
    "DAYPASS_SLACK_SIGNING": "/daypass/slack/signing",
    "DAYPASS_SLACK_WORK": "daypass-SlackWork-1",
    "AWS_REGION": "eu-central-1",
}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DAYPASS_SLACK_SIGNING", "/daypass/*"),
        ("DAYPASS_SLACK_HOOKS", "https://hooks.example.com"),
        ("DAYPASS_SLACK_WORK", "two words"),
    ],
)
def test_an_invalid_setting_of_slacks_turns_slack_off(variable: str, value: str) -> None:
    assert slack_settings(SLACK).signing_parameter == "/daypass/slack/signing"
    known = slack_settings(SLACK | {variable: value})
    assert (known.signing_parameter, known.hooks) == ("", "https://hooks.slack.com")


@pytest.mark.parametrize(
    ("topic", "taken"),
    [
        ("", True),
        ("arn:aws:sns:eu-central-1:123456789012:daypass-notices", True),
        ("arn:aws-us-gov:sns:us-gov-east-1:123456789012:daypass-notices", True),
        ("arn:aws:sqs:eu-central-1:123456789012:daypass-notices", False),
        ("arn:aws:sns:eu-central-1:123456789012:daypass-notices\n", False),
    ],
)
def test_notices_go_to_a_topic_or_to_none(topic: str, *, taken: bool) -> None:
    told = {"AWS_REGION": "eu-central-1", "DAYPASS_NOTICE_TOPIC": topic}
    assert notification_settings(told).topic == (topic if taken else "")
