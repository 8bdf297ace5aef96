"""The environment, read once. A required setting that is missing or invalid stops the start, in
words. An optional one that is invalid is left empty, and named: its own feature is off. `make
doctor` and `make deploy` judge a value by `fault` before it gets here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple, get_type_hints

import msgspec
from msgspec import Meta, Struct


class BadSettings(Exception):
    """Daypass cannot start with this environment."""


Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]


class IdentityProvider(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One that members may sign in with: what its tokens have to say, and be signed with."""

    issuer: Annotated[str, Meta(pattern=r"^https://[a-z0-9.-]+(:[0-9]+)?(/[!-~]*)?$(?!\n)")]
    audience: Annotated[str, Meta(pattern=r"^[!-~]{1,255}$(?!\n)")]
    algorithms: Annotated[tuple[Algorithm, ...], Meta(min_length=1)] = ("RS256",)
    """By a pair of keys all: with a shared secret, the audience could sign for the provider."""


class Variable(NamedTuple):
    """The variable that a setting is read from, and the pattern of what it takes. The setting is
    optional if that may be empty."""

    name: str
    pattern: str


_HOOKS_OF_SLACK = "https://hooks.slack.com"
_TABLE = r"[A-Za-z0-9_.-]{3,255}"
_PARAMETER = r"(/[a-zA-Z0-9_.-]{1,100}){1,5}"
_FUNCTION = r"[a-zA-Z0-9_-]{0,64}"
_TOPIC = r"(arn:aws(-[a-z]+)*:sns:[a-z0-9-]{5,32}:[0-9]{12}:[A-Za-z0-9_-]{1,256})?"
# In every form of a link an address of these characters is what it is.
_MAIL = r"([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,4})?"
# Without TLS on this machine alone, which has the local API and the stand-in for Slack.
_API = r"(https://[a-z0-9.-]{1,253}|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?(/[a-z0-9-]*)?"
_HOOKS = rf"({_HOOKS_OF_SLACK}|http://127\.0\.0\.1:[0-9]{{1,5}})?"

Region = Annotated[str, Variable("AWS_REGION", r"[a-z0-9-]{5,32}")]
Hooks = Annotated[str, Variable("DAYPASS_SLACK_HOOKS", _HOOKS)]
"""Where Slack takes what is posted to it: nothing is ever posted anywhere else."""


class Settings(Struct, frozen=True, kw_only=True):
    """What a deployment tells the function."""

    state_table: Annotated[str, Variable("DAYPASS_STATE_TABLE", _TABLE)]
    trail_table: Annotated[str, Variable("DAYPASS_TRAIL_TABLE", _TABLE)]
    account_id: Annotated[str, Variable("DAYPASS_ACCOUNT_ID", r"[0-9]{12}")]
    partition: Annotated[str, Variable("DAYPASS_PARTITION", r"aws(-[a-z]+)*")]
    region: Region
    firm_name: Annotated[
        str, Variable("DAYPASS_FIRM_NAME", r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,80}")
    ]
    """What clients call the firm, on one line."""
    firm_contact: Annotated[str, Variable("DAYPASS_FIRM_CONTACT", _MAIL)]
    """The e-mail address that clients write to."""
    other_accounts: Annotated[
        tuple[str, ...], Variable("DAYPASS_OTHER_ACCOUNTS", r"([0-9]{12}(,[0-9]{12}){0,49})?")
    ]
    """The firm's AWS accounts besides `account_id`."""
    organization_id: Annotated[str, Variable("DAYPASS_ORGANIZATION_ID", r"(o-[a-z0-9]{10,32})?")]
    """The firm's organization in AWS."""
    identity_providers: Annotated[
        tuple[IdentityProvider, ...], Variable("DAYPASS_IDENTITY_PROVIDERS", r"[!-~ ]{0,2048}")
    ]
    """Whose word is taken for who somebody is, beside our own tokens."""
    template_bucket: Annotated[
        str, Variable("DAYPASS_TEMPLATE_BUCKET", r"([a-z0-9][a-z0-9-]{1,61}[a-z0-9])?")
    ]
    """Where the templates lie that clients launch from the console. Empty: there is none."""
    function_name: Annotated[str, Variable("AWS_LAMBDA_FUNCTION_NAME", _FUNCTION)]
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

    api_url: Annotated[str, Variable("DAYPASS_API_URL", _API)]
    parameter: Annotated[str, Variable("DAYPASS_PROBER_PARAMETER", _PARAMETER)]
    """Where its tokens are."""
    canary_account: Annotated[str, Variable("DAYPASS_CANARY_ACCOUNT", r"([0-9]{12})?")]
    """The AWS account of the role that must be given."""
    region: Region


class SlackSettings(Struct, frozen=True, kw_only=True):
    """What a deployment tells the functions that have to do with Slack."""

    signing_parameter: Annotated[str, Variable("DAYPASS_SLACK_SIGNING", f"({_PARAMETER})?")]
    """The parameter with the team's ID and the app's signing secrets. Empty: no Slack."""
    hooks: Hooks
    work_function: Annotated[str, Variable("DAYPASS_SLACK_WORK", _FUNCTION)]
    """The name of the function that does what takes longer. Empty where nothing does."""
    region: Region


class NoticeSettings(Struct, frozen=True, kw_only=True):
    """The settings of the function that notifies people."""

    topic: Annotated[str, Variable("DAYPASS_NOTICE_TOPIC", _TOPIC)]
    """The topic of Amazon SNS that notices go to as mails. Empty: none do."""
    alarms: Annotated[str, Variable("DAYPASS_ALARM_TOPIC", _TOPIC)]
    """The topic of Amazon SNS that grave notices go to, besides alarms. Empty: none do."""
    webhook_parameter: Annotated[str, Variable("DAYPASS_SLACK_WEBHOOK", f"({_PARAMETER})?")]
    """The parameter with the webhook of a Slack channel. Empty: no Slack."""
    hooks: Hooks
    region: Region


def _declared(kind: type[Struct]) -> dict[str, Variable]:
    """Return the variables of a class of settings, by the fields' names."""
    hints = get_type_hints(kind, include_extras=True).items()
    return {name: one.__metadata__[0] for name, one in hints if hasattr(one, "__metadata__")}


_PATTERNS = dict(
    variable
    for kind in (Settings, ProberSettings, SlackSettings, NoticeSettings)
    for variable in _declared(kind).values()
)


def settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings. BadSettings names the first required variable that is at fault."""
    values, invalid = _read(environment, Settings)
    values["identity_providers"] = _providers(values["identity_providers"])
    values["other_accounts"] = tuple(filter(None, values["other_accounts"].split(",")))
    return Settings(**values, invalid=invalid)


def prober_settings(environment: Mapping[str, str]) -> ProberSettings:
    """As `settings`, for the prober."""
    return ProberSettings(**_read(environment, ProberSettings)[0])


def slack_settings(environment: Mapping[str, str]) -> SlackSettings:
    """As `settings`, for the functions that have to do with Slack. Any invalid one turns it off."""
    values, invalid = _read(environment, SlackSettings)
    off = {"signing_parameter": ""} if invalid else {}
    return SlackSettings(**values | off)


def notice_settings(environment: Mapping[str, str]) -> NoticeSettings:
    """As `settings`, for the function that notifies people."""
    values, invalid = _read(environment, NoticeSettings)
    off = {"webhook_parameter": ""} if "hooks" in invalid else {}
    return NoticeSettings(**values | off)


def function_of(environment: Mapping[str, str]) -> str:
    """The function that this is, by its name in the app's stack. Empty: one that serves all."""
    return environment.get("DAYPASS_FUNCTION", "")


def invalid_settings(environment: Mapping[str, str]) -> list[str]:
    """Return the variables that turn a feature off in this environment, sorted."""
    return sorted(
        variable for variable, value in environment.items() if value and fault(variable, value)
    )


def fault(variable: str, value: str) -> str | None:
    """Return what is wrong with a variable's value, as the end of a sentence that names it and does
    not repeat the value. None for a valid value, and for a variable that is no setting."""
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
    environment: Mapping[str, str], kind: type[Struct]
) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the value of each field, and the names of the invalid ones, which are empty."""
    values: dict[str, Any] = {}
    invalid = set()
    for name, variable in _declared(kind).items():
        value = environment.get(variable.name, "")
        problem = fault(variable.name, value)
        if problem is not None:
            if fault(variable.name, "") is not None:  # it is required
                raise BadSettings(f"The environment variable {variable.name} {problem}.")
            invalid.add(name)
        values[name] = "" if problem else value
    if "hooks" in values:
        values["hooks"] = values["hooks"] or _HOOKS_OF_SLACK
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
