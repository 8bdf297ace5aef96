"""The environment, read once.

A required setting that is missing or invalid stops the start, in words. An optional one that is
invalid is left empty, and named: its own feature is off, and nothing else. `make doctor` and `make
deploy` judge a value by `fault` before it gets here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct


class BadSettings(Exception):
    """Daypass cannot start with this environment."""


class IdentityProvider(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One that members may sign in with: what its tokens have to say, and be signed with."""

    issuer: Annotated[str, Meta(pattern=r"^https://[a-z0-9.-]+(:[0-9]+)?(/[!-~]*)?$(?!\n)")]
    audience: Annotated[str, Meta(pattern=r"^[!-~]{1,255}$(?!\n)")]
    algorithms: Annotated[
        tuple[
            Literal[
                "RS256",
                "RS384",
                "RS512",
                "PS256",
                "PS384",
                "PS512",
                "ES256",
                "ES384",
                "ES512",
                "EdDSA",
            ],
            ...,
        ],
        Meta(min_length=1),
    ] = ("RS256",)
    """By a pair of keys all: with a shared secret, the audience could sign for the provider."""


class Settings(Struct, frozen=True, kw_only=True):
    """What a deployment tells the function."""

    state_table: str
    trail_table: str
    account_id: str
    partition: str
    region: str
    firm_name: str
    """What clients call the firm, on one line. May be empty."""
    firm_contact: str
    """The e-mail address that clients write to. May be empty."""
    other_accounts: tuple[str, ...]
    """The firm's AWS accounts besides `account_id`. May be empty."""
    organization_id: str
    """The firm's organization in AWS. May be empty."""
    identity_providers: tuple[IdentityProvider, ...]
    """Whose word is taken for who somebody is, beside our own tokens. May be empty."""
    template_bucket: str
    """Where the templates lie that clients launch from the console. Empty: there is none."""
    function_name: str
    """The function's name in AWS Lambda, which sets the variable itself. Empty: it is none."""
    invalid: frozenset[str] = frozenset()
    """The optional fields above whose values are invalid. They are empty here."""

    @property
    def function_arn(self) -> str:
        """The function's ARN, without a version; empty where it is none."""
        if not self.function_name:
            return ""
        of_the_account = f"arn:{self.partition}:lambda:{self.region}:{self.account_id}"
        return f"{of_the_account}:function:{self.function_name}"


class ProberSettings(Struct, frozen=True, kw_only=True):
    """What a deployment tells the prober, which knows no table."""

    api_url: str
    parameter: str
    """Where its tokens are."""
    canary_account: str
    """The AWS account of the role that must be given. May be empty."""
    region: str


class SlackSettings(Struct, frozen=True, kw_only=True):
    """What a deployment tells the functions that have to do with Slack."""

    signing_parameter: str
    """The parameter with the team's ID and the app's signing secrets. Empty: no Slack."""
    hooks: str
    """Where Slack takes what is posted to it: nothing is ever posted anywhere else."""
    work_function: str
    """The name of the function that does what takes longer. Empty where nothing does."""
    region: str


class NoticeSettings(Struct, frozen=True, kw_only=True):
    """The settings of the function that notifies people."""

    topic: str
    """The topic of Amazon SNS that notices go to as mails. Empty: none do."""
    alarms: str
    """The topic of Amazon SNS that grave notices go to, besides alarms. Empty: none do."""
    webhook_parameter: str
    """The parameter with the webhook of a Slack channel. Empty: no Slack."""
    hooks: str
    """As in SlackSettings."""
    region: str


_REGION = ("AWS_REGION", r"[a-z0-9-]{5,32}")
_WANTED = {
    "state_table": ("DAYPASS_STATE_TABLE", r"[A-Za-z0-9_.-]{3,255}"),
    "trail_table": ("DAYPASS_TRAIL_TABLE", r"[A-Za-z0-9_.-]{3,255}"),
    "account_id": ("DAYPASS_ACCOUNT_ID", r"[0-9]{12}"),
    "partition": ("DAYPASS_PARTITION", r"aws(-[a-z]+)*"),
    "other_accounts": ("DAYPASS_OTHER_ACCOUNTS", r"([0-9]{12}(,[0-9]{12}){0,49})?"),
    "organization_id": ("DAYPASS_ORGANIZATION_ID", r"(o-[a-z0-9]{10,32})?"),
    "region": _REGION,
    "template_bucket": ("DAYPASS_TEMPLATE_BUCKET", r"([a-z0-9][a-z0-9-]{1,61}[a-z0-9])?"),
    "identity_providers": ("DAYPASS_IDENTITY_PROVIDERS", r"[!-~ ]{0,2048}"),
    "function_name": ("AWS_LAMBDA_FUNCTION_NAME", r"[a-zA-Z0-9_-]{0,64}"),
    # In every form of a link an address of these characters is what it is.
    "firm_contact": (
        "DAYPASS_FIRM_CONTACT",
        r"([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,4})?",
    ),
    "firm_name": ("DAYPASS_FIRM_NAME", r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,80}"),
}

_WANTED_BY_THE_PROBER = {
    # Without TLS on this machine alone, which has the local API.
    "api_url": (
        "DAYPASS_API_URL",
        r"(https://[a-z0-9.-]{1,253}|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?(/[a-z0-9-]*)?",
    ),
    "parameter": ("DAYPASS_PROBER_PARAMETER", r"(/[a-zA-Z0-9_.-]{1,100}){1,5}"),
    "canary_account": ("DAYPASS_CANARY_ACCOUNT", r"([0-9]{12})?"),
    "region": _REGION,
}

_HOOKS_OF_SLACK = "https://hooks.slack.com"
_PARAMETER = r"((/[a-zA-Z0-9_.-]{1,100}){1,5})?"
# Without TLS on this machine alone, which has the stand-in for Slack.
_HOOKS = ("DAYPASS_SLACK_HOOKS", rf"({_HOOKS_OF_SLACK}|http://127\.0\.0\.1:[0-9]{{1,5}})?")
_WANTED_FOR_SLACK = {
    "signing_parameter": ("DAYPASS_SLACK_SIGNING", _PARAMETER),
    "hooks": _HOOKS,
    "work_function": ("DAYPASS_SLACK_WORK", r"[a-zA-Z0-9_-]{0,64}"),
    "region": _REGION,
}
_TOPIC = r"(arn:aws(-[a-z]+)*:sns:[a-z0-9-]{5,32}:[0-9]{12}:[A-Za-z0-9_-]{1,256})?"
_WANTED_FOR_NOTICES = {
    "topic": ("DAYPASS_NOTICE_TOPIC", _TOPIC),
    "alarms": ("DAYPASS_ALARM_TOPIC", _TOPIC),
    "webhook_parameter": ("DAYPASS_SLACK_WEBHOOK", _PARAMETER),
    "hooks": _HOOKS,
    "region": _REGION,
}


_ALL = (_WANTED, _WANTED_BY_THE_PROBER, _WANTED_FOR_SLACK, _WANTED_FOR_NOTICES)
_PATTERNS = dict(row for table in _ALL for row in table.values())


def settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings. BadSettings names the first required variable that is at fault."""
    values, invalid = _read(environment, _WANTED)
    values["identity_providers"] = _providers(values["identity_providers"])
    values["other_accounts"] = tuple(filter(None, values["other_accounts"].split(",")))
    return Settings(**values, invalid=invalid)


def prober_settings(environment: Mapping[str, str]) -> ProberSettings:
    """As `settings`, for the prober."""
    values, _ = _read(environment, _WANTED_BY_THE_PROBER)
    return ProberSettings(**values)


def slack_settings(environment: Mapping[str, str]) -> SlackSettings:
    """As `settings`, for the functions that have to do with Slack. Any invalid one turns it off."""
    values, invalid = _read(environment, _WANTED_FOR_SLACK)
    off = {"signing_parameter": ""} if invalid else {}
    return SlackSettings(**values | {"hooks": values["hooks"] or _HOOKS_OF_SLACK} | off)


def notice_settings(environment: Mapping[str, str]) -> NoticeSettings:
    """As `settings`, for the function that notifies people."""
    values, invalid = _read(environment, _WANTED_FOR_NOTICES)
    off = {"webhook_parameter": ""} if "hooks" in invalid else {}
    return NoticeSettings(**values | {"hooks": values["hooks"] or _HOOKS_OF_SLACK} | off)


def function_of(environment: Mapping[str, str]) -> str:
    """The function that this is, by its name in the app's stack. Empty: one that serves all."""
    return environment.get("DAYPASS_FUNCTION", "")


def invalid_settings(environment: Mapping[str, str]) -> list[str]:
    """Return the variables that turn a feature off in this environment, sorted."""
    return sorted(
        variable for variable, value in environment.items() if value and fault(variable, value)
    )


def fault(variable: str, value: str) -> str | None:
    """Return what is wrong with a variable's value, as the end of a sentence that names it.

    None for a valid value, and for a variable that is no setting. The value is not repeated.
    """
    pattern = _PATTERNS.get(variable)
    if pattern is None:
        return None
    if re.fullmatch(pattern, value, re.ASCII) is None:
        return "has a value that cannot be right" if value else "is not set"
    if variable == "DAYPASS_IDENTITY_PROVIDERS":
        try:
            _providers(value)
        except BadSettings as error:
            return f"is wrong: {error}"
    return None


def _read(
    environment: Mapping[str, str], wanted: Mapping[str, tuple[str, str]]
) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the value of each field, and the names of the invalid ones, which are empty."""
    values: dict[str, Any] = {}
    invalid = set()
    for name, (variable, pattern) in wanted.items():
        values[name] = environment.get(variable, "")
        problem = fault(variable, values[name])
        if problem is None:
            continue
        if re.fullmatch(pattern, "") is None:  # it is required
            raise BadSettings(f"The environment variable {variable} {problem}.")
        values[name] = ""
        invalid.add(name)
    return values, frozenset(invalid)


def _providers(text: str) -> tuple[IdentityProvider, ...]:
    """Read a JSON list of providers. BadSettings if two have the same issuer."""
    try:
        found = msgspec.json.decode(text or "[]", type=tuple[IdentityProvider, ...])
    except msgspec.ValidationError as error:
        raise BadSettings(str(error)) from None
    except msgspec.DecodeError:
        raise BadSettings("it is no JSON") from None
    if len({one.issuer for one in found}) != len(found):
        raise BadSettings("it names an issuer twice")
    return found
