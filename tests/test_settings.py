"""The environment variables: required, optional and invalid ones."""

import json
import re

import pytest
from msgspec.structs import asdict

from chalicelib.settings import (
    BadSettings,
    find_invalid_settings,
    find_setting_problem,
    read_notification_settings,
    read_prober_settings,
    read_publish_settings,
    read_settings,
    read_slack_settings,
)
from tests.rows import every

REQUIRED = {
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


@every("variable", OPTIONAL)
def test_an_optional_setting_may_be_missing_or_empty(variable):
    name, empty = OPTIONAL[variable]
    for environment in (REQUIRED, REQUIRED | {variable: ""}):
        assert getattr(read_settings(environment), name) == empty


def test_a_functions_arn_follows_from_its_name():
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:daypass-Enter-1a"
    assert read_settings(REQUIRED | {NAME: "daypass-Enter-1a"}).function_arn == arn
    for environment in (REQUIRED, REQUIRED | {NAME: ""}):
        assert read_settings(environment).function_arn == ""


@every(
    "variable, value, parsed",
    [
        ("DAYPASS_OTHER_ACCOUNTS", ACCOUNTS[0], (ACCOUNTS[0],)),
        ("DAYPASS_OTHER_ACCOUNTS", ",".join(ACCOUNTS), tuple(ACCOUNTS)),
        ("DAYPASS_FIRM_NAME", "Söhne & Töchter GmbH in Łódź", "Söhne & Töchter GmbH in Łódź"),
        ("DAYPASS_FIRM_NAME", "x" * 80, "x" * 80),
    ],
)
def test_a_valid_optional_setting_is_read(variable, value, parsed):
    name, _ = OPTIONAL[variable]
    assert getattr(read_settings(REQUIRED | {variable: value}), name) == parsed


@every("variable", REQUIRED)
@every("empty", [True, False])
def test_a_missing_required_setting_is_named(variable, *, empty):
    rest_of_required = {name: value for name, value in REQUIRED.items() if name != variable}
    with pytest.raises(BadSettings, match=f"{variable} is not set"):
        read_settings(rest_of_required | ({variable: ""} if empty else {}))


@every(
    "variable, value",
    [
        ("DAYPASS_STATE_TABLE", "a table"),
        ("DAYPASS_TRAIL_TABLE", "t"),
        ("DAYPASS_ACCOUNT_ID", "12345678901"),
        ("DAYPASS_ACCOUNT_ID", "123456789012\n"),
        ("DAYPASS_PARTITION", "azure"),
        ("AWS_REGION", "eu central"),
    ],
)
def test_an_invalid_required_setting_prevents_the_start(variable, value):
    with pytest.raises(BadSettings) as refused:
        read_settings(REQUIRED | {variable: value})
    assert str(refused.value) == (f"The environment variable {variable} has an invalid value.")


@every(
    "variable, value",
    [
        ("DAYPASS_OTHER_ACCOUNTS", "222233334444, 333344445555"),
        ("DAYPASS_OTHER_ACCOUNTS", ",".join([*ACCOUNTS, "222233334444"])),
        ("DAYPASS_IDENTITY_PROVIDERS", "[]\n"),
        ("DAYPASS_ORGANIZATION_ID", "o-short"),
        ("DAYPASS_IDENTITY_PROVIDERS", "{"),
        ("DAYPASS_TEMPLATE_BUCKET", "https://bucket"),
        ("DAYPASS_FIRM_NAME", "two\nlines"),
    ],
)
def test_an_invalid_optional_setting_counts_as_empty_and_is_named(variable, value):
    valid = REQUIRED | {
        "DAYPASS_FIRM_NAME": "Example",
        "DAYPASS_FIRM_CONTACT": "aws@example.com",
        "DAYPASS_OTHER_ACCOUNTS": "222233334444",
        "DAYPASS_ORGANIZATION_ID": "o-a1b2c3d4e5",
        "DAYPASS_IDENTITY_PROVIDERS": json.dumps([GOOGLE]),
        "DAYPASS_TEMPLATE_BUCKET": "templates",
    }
    name, empty = OPTIONAL[variable]
    parsed = read_settings(valid | {variable: value})
    assert asdict(parsed) == asdict(read_settings(valid)) | {name: empty, "invalid": {name}}
    assert find_invalid_settings(valid | {variable: value}) == [variable]
    assert find_invalid_settings(valid) == []


@every(
    "variable, value, problem",
    [
        ("DAYPASS_FIRM_CONTACT", "no address", "has an invalid value"),
        ("DAYPASS_STATE_TABLE", "", "is not set"),
        ("DAYPASS_IDENTITY_PROVIDERS", "x", "is invalid: it is not JSON"),
        ("DAYPASS_FIRM_CONTACT", "", None),
        ("DAYPASS_IDENTITY_PROVIDERS", "", None),
        ("DAYPASS_FUNCTION", "Enter", None),
        ("PATH", "/usr/bin", None),
    ],
)
def test_a_fault_says_what_is_wrong_and_does_not_repeat_the_value(variable, value, problem):
    assert find_setting_problem(variable, value) == problem


GOOGLE = {"issuer": "https://accounts.google.com", "audience": "x.apps.googleusercontent.com"}


def test_an_identity_provider_signs_with_rs256_by_default():
    firm = {"issuer": "https://login.example.com:8443/firm/", "audience": "daypass"}
    providers = json.dumps([GOOGLE, firm | {"algorithms": ["ES384", "EdDSA"]}])
    google, own = read_settings(
        REQUIRED | {"DAYPASS_IDENTITY_PROVIDERS": providers}
    ).identity_providers
    assert (google.issuer, google.audience, google.algorithms) == (*GOOGLE.values(), ("RS256",))
    assert (own.issuer, own.algorithms) == (firm["issuer"], ("ES384", "EdDSA"))


@every(
    "providers, problem",
    [
        (GOOGLE, "Expected `array`"),
        ([GOOGLE, GOOGLE], "two providers have the same issuer"),
        ([GOOGLE | {"issuer": "http://accounts.google.com"}], r"`\$\[0\]\.issuer`"),
        ([GOOGLE | {"issuer": "https://"}], "issuer"),
        ([GOOGLE | {"issuer": "https://a b"}], "issuer"),
        ([GOOGLE | {"audience": ""}], "audience"),
        ([{"issuer": GOOGLE["issuer"]}], "audience"),
        ([GOOGLE | {"algorithms": []}], "algorithms"),
        # With a shared secret, or no signature, the token's audience could forge it.
        ([GOOGLE | {"algorithms": ["HS256"]}], "algorithms"),
        ([GOOGLE | {"algorithms": ["RS256", "none"]}], "algorithms"),
        ([GOOGLE | {"algorithm": "RS256"}], "algorithm"),
    ],
)
def test_an_invalid_identity_provider_turns_them_all_off(providers, problem):
    value = json.dumps(providers)
    text = find_setting_problem("DAYPASS_IDENTITY_PROVIDERS", value)
    assert text is not None
    assert re.search(f"^is invalid: .*{problem}", text)
    parsed = read_settings(REQUIRED | {"DAYPASS_IDENTITY_PROVIDERS": value})
    assert (parsed.identity_providers, parsed.invalid) == ((), {"identity_providers"})


PROBER = {
    "DAYPASS_API_URL": "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/api",
    "DAYPASS_PROBER_PARAMETER": "/daypass/prober",
    "AWS_REGION": "eu-central-1",
}


def test_the_settings_of_the_event_bus_name_it_and_its_region():
    arn = "arn:aws:events:eu-west-1:444455556666:event-bus/siem"
    parsed = read_publish_settings({"DAYPASS_EVENT_BUS": arn, "AWS_REGION": "eu-central-1"})
    assert (parsed.event_bus, parsed.region) == (arn, "eu-west-1")
    for value in ("", "siem"):
        with pytest.raises(BadSettings, match="DAYPASS_EVENT_BUS has no event bus"):
            read_publish_settings({"DAYPASS_EVENT_BUS": value})


def test_the_probers_settings_name_the_api_and_its_parameter():
    parsed = read_prober_settings(PROBER)
    assert (parsed.api_url, parsed.parameter, parsed.region) == tuple(PROBER.values())
    assert parsed.canary_account == ""
    with_canary = read_prober_settings(PROBER | {"DAYPASS_CANARY_ACCOUNT": "444455556666"})
    assert with_canary.canary_account == "444455556666"


@every(
    "address, valid",
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
def test_the_prober_sends_its_token_over_https_except_to_this_machine(address, *, valid):
    try:
        api_url = read_prober_settings(PROBER | {"DAYPASS_API_URL": address}).api_url
    except BadSettings:
        api_url = ""
    assert (api_url == address) is valid


@every(
    "variable, value, problem",
    [
        ("DAYPASS_API_URL", "", "is not set"),
        ("DAYPASS_PROBER_PARAMETER", "", "is not set"),
        ("DAYPASS_PROBER_PARAMETER", "/daypass/*", "has an invalid value"),
    ],
)
def test_a_missing_or_invalid_setting_of_the_prober_is_named(variable, value, problem):
    with pytest.raises(BadSettings, match=f"{variable} {problem}"):
        read_prober_settings(PROBER | {variable: value})


def test_an_invalid_canary_account_turns_off_the_canary_and_no_other_check():
    with_invalid = PROBER | {"DAYPASS_CANARY_ACCOUNT": "44445555666"}
    assert read_prober_settings(with_invalid) == read_prober_settings(PROBER)


SLACK = {
    "DAYPASS_SLACK_SIGNING": "/daypass/slack/signing",
    "DAYPASS_SLACK_WORK": "daypass-SlackWork-1",
    "AWS_REGION": "eu-central-1",
}


@every(
    "variable, value",
    [
        ("DAYPASS_SLACK_SIGNING", "/daypass/*"),
        ("DAYPASS_SLACK_HOOKS", "https://hooks.example.com"),
        ("DAYPASS_SLACK_WORK", "two words"),
    ],
)
def test_an_invalid_slack_setting_turns_slack_off(variable, value):
    assert read_slack_settings(SLACK).signing_parameter == "/daypass/slack/signing"
    parsed = read_slack_settings(SLACK | {variable: value})
    assert (parsed.signing_parameter, parsed.hooks) == ("", "https://hooks.slack.com")


@every(
    "topic, valid",
    [
        ("", True),
        ("arn:aws:sns:eu-central-1:123456789012:daypass-notices", True),
        ("arn:aws-us-gov:sns:us-gov-east-1:123456789012:daypass-notices", True),
        ("arn:aws:sqs:eu-central-1:123456789012:daypass-notices", False),
        ("arn:aws:sns:eu-central-1:123456789012:daypass-notices\n", False),
    ],
)
def test_notifications_need_a_valid_topic(topic, *, valid):
    environment = {"AWS_REGION": "eu-central-1", "DAYPASS_NOTICE_TOPIC": topic}
    assert read_notification_settings(environment).topic == (topic if valid else "")
