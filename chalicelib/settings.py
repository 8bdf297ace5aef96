"""Read Daypass's settings from environment variables.

If a required setting is missing or invalid, Daypass does not start. If an optional setting is
invalid, Daypass reports the setting and treats it as empty, which turns off only its feature.
`make doctor` and `make deploy` check the values beforehand, with `find_setting_problem`.
"""

# Without `from __future__ import annotations`, so that annotations need no evaluation when a
# function starts.
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct


class BadSettings(Exception):
    """A required setting is missing or invalid, so that Daypass cannot start."""


Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]


class IdentityProvider(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An identity provider that members can sign in with, and the tokens that Daypass accepts from
    it."""

    issuer: Annotated[str, Meta(pattern=r"^https://[a-z0-9.-]+(:[0-9]+)?(/[!-~]*)?$(?!\n)")]
    audience: Annotated[str, Meta(pattern=r"^[!-~]{1,255}$(?!\n)")]
    web_client: Annotated[str, Meta(pattern=r"^[!-~]{0,255}$(?!\n)")] = ""
    """The ID of the provider's public client for the web console. Empty: members cannot sign in to
    the console with this provider."""
    algorithms: Annotated[tuple[Algorithm, ...], Meta(min_length=1)] = ("RS256",)
    """The accepted signing algorithms. All are asymmetric: with a shared secret, the audience
    could sign tokens itself."""


class Variable(NamedTuple):
    """The environment variable of a setting, and the pattern of valid values. If the pattern allows
    an empty value, the setting is optional."""

    name: str
    pattern: str


_SLACK_HOOKS = "https://hooks.slack.com"
# Patterns of valid values, for the variables below.
_TABLE = r"[A-Za-z0-9_.-]{3,255}"
_PARAMETER = r"(/[a-zA-Z0-9_.-]{1,100}){1,5}"
_FUNCTION = r"[a-zA-Z0-9_-]{0,64}"
_TOPIC = r"(arn:aws(-[a-z]+)*:sns:[a-z0-9-]{5,32}:[0-9]{12}:[A-Za-z0-9_-]{1,256})?"
_EVENT_BUS = (
    r"(arn:aws(-[a-z]+)*:events:[a-z0-9-]{5,32}:[0-9]{12}:event-bus/[A-Za-z0-9._/-]{1,256})?"
)
# An e-mail address of these characters needs no escaping in a link.
_MAIL = r"([A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,4})?"
# Plain HTTP is allowed only to this machine, where the local API and the fake Slack run.
_API = r"(https://[a-z0-9.-]{1,253}|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?(/[a-z0-9-]*)?"
_SIGN_IN = r"(http://127\.0\.0\.1:[0-9]{1,5}/federation)?"
_HOOKS = rf"({_SLACK_HOOKS}|http://127\.0\.0\.1:[0-9]{{1,5}})?"

AccountId = Annotated[str, Variable("DAYPASS_ACCOUNT_ID", r"[0-9]{12}")]
Region = Annotated[str, Variable("AWS_REGION", r"[a-z0-9-]{5,32}")]
Hooks = Annotated[str, Variable("DAYPASS_SLACK_HOOKS", _HOOKS)]
"""The origin of the only URLs to which Daypass posts Slack messages."""
ClientMailFrom = Annotated[str, Variable("DAYPASS_CLIENT_MAIL_FROM", _MAIL)]
"""The sender of the mails to clients' approvers. Empty: no one at a client can be named as one."""


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of a deployment."""

    state_table: Annotated[str, Variable("DAYPASS_STATE_TABLE", _TABLE)]
    trail_table: Annotated[str, Variable("DAYPASS_TRAIL_TABLE", _TABLE)]
    account_id: AccountId
    partition: Annotated[str, Variable("DAYPASS_PARTITION", r"aws(-[a-z]+)*")]
    region: Region
    firm_name: Annotated[
        str, Variable("DAYPASS_FIRM_NAME", r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,80}")
    ]
    """The firm's name as clients know it, on one line."""
    firm_contact: Annotated[str, Variable("DAYPASS_FIRM_CONTACT", _MAIL)]
    """The e-mail address for clients."""
    other_accounts: Annotated[
        tuple[str, ...], Variable("DAYPASS_OTHER_ACCOUNTS", r"([0-9]{12}(,[0-9]{12}){0,49})?")
    ]
    """The firm's other AWS accounts."""
    organization_id: Annotated[str, Variable("DAYPASS_ORGANIZATION_ID", r"(o-[a-z0-9]{10,32})?")]
    """The firm's AWS organization."""
    identity_providers: Annotated[
        tuple[IdentityProvider, ...], Variable("DAYPASS_IDENTITY_PROVIDERS", r"[!-~ ]{0,2048}")
    ]
    """The identity providers whose tokens Daypass accepts besides its own."""
    template_bucket: Annotated[
        str, Variable("DAYPASS_TEMPLATE_BUCKET", r"([a-z0-9][a-z0-9-]{1,61}[a-z0-9])?")
    ]
    """The bucket for templates that clients launch in the console. Empty: none."""
    sign_in_endpoint: Annotated[str, Variable("DAYPASS_SIGNIN_ENDPOINT", _SIGN_IN)]
    """The endpoint of a developer's machine that signs in to the AWS console. Empty: AWS's own."""
    cut_off_function: Annotated[str, Variable("DAYPASS_CUT_OFF", _FUNCTION)]
    """The name of the Lambda function that writes cut-offs. Empty: this function requests none."""
    notify_function: Annotated[str, Variable("DAYPASS_NOTIFY", _FUNCTION)]
    """The name of the Lambda function that sends notifications. Empty: it runs on its schedule."""
    decision_function: Annotated[str, Variable("DAYPASS_CLIENT_DECISION", _FUNCTION)]
    """The name of the Lambda function that writes the decisions of clients' approvers. Empty: this
    function hands none over."""
    client_mail_from: ClientMailFrom
    function_name: Annotated[str, Variable("AWS_LAMBDA_FUNCTION_NAME", _FUNCTION)]
    """The function's name in AWS Lambda, which sets the variable itself. Empty outside Lambda."""
    invalid: frozenset[str] = frozenset()
    """The optional fields above whose values are invalid. They are empty here."""

    @property
    def function_arn(self) -> str:
        """Return the function's ARN without a version; empty outside Lambda."""
        if not self.function_name:
            return ""
        arn_prefix = f"arn:{self.partition}:lambda:{self.region}:{self.account_id}"
        return f"{arn_prefix}:function:{self.function_name}"


class ProberSettings(Struct, frozen=True, kw_only=True):
    """The settings of the prober, the function that tests the deployed API. It accesses no
    table."""

    api_url: Annotated[str, Variable("DAYPASS_API_URL", _API)]
    parameter: Annotated[str, Variable("DAYPASS_PROBER_PARAMETER", _PARAMETER)]
    """The name of the Parameter Store parameter with the prober's API tokens."""
    canary_account: Annotated[str, Variable("DAYPASS_CANARY_ACCOUNT", r"([0-9]{12})?")]
    """The AWS account of the canary role, from which the prober must get a session. Empty: none."""
    region: Region


class SlackSettings(Struct, frozen=True, kw_only=True):
    """The settings of the Slack functions."""

    signing_parameter: Annotated[str, Variable("DAYPASS_SLACK_SIGNING", f"({_PARAMETER})?")]
    """The name of the Parameter Store parameter with the Slack workspace's ID and the Slack app's
    signing secrets. Empty: Slack is off."""
    hooks: Hooks
    work_function: Annotated[str, Variable("DAYPASS_SLACK_WORK", _FUNCTION)]
    """The name of the Lambda function for Slack commands that take longer. Empty: none."""
    region: Region


class NotificationSettings(Struct, frozen=True, kw_only=True):
    """The settings of the function that notifies people."""

    topic: Annotated[str, Variable("DAYPASS_NOTICE_TOPIC", _TOPIC)]
    """The Amazon SNS topic for notifications by e-mail. Empty: none."""
    alarms: Annotated[str, Variable("DAYPASS_ALARM_TOPIC", _TOPIC)]
    """The Amazon SNS topic of the grave alarms, which also gets grave alerts. Empty: none."""
    warnings: Annotated[str, Variable("DAYPASS_WARNING_TOPIC", _TOPIC)]
    """The Amazon SNS topic of the other alarms, which also gets the other alerts. Empty: they go to
    that of the grave ones."""
    webhook_parameter: Annotated[str, Variable("DAYPASS_SLACK_WEBHOOK", f"({_PARAMETER})?")]
    """The name of the Parameter Store parameter with the webhook of a Slack channel. Empty: no
    Slack."""
    client_mail_from: ClientMailFrom
    client_mail_set: Annotated[str, Variable("DAYPASS_CLIENT_MAIL_SET", r"([A-Za-z0-9_-]{1,64})?")]
    """The configuration set with which Amazon SES sends these mails, and which publishes bounces.
    Empty: that of the identity."""
    hooks: Hooks
    region: Region


class DigestSettings(Struct, frozen=True, kw_only=True):
    """The settings of the function that seals the trail."""

    bucket: Annotated[str, Variable("DAYPASS_DIGEST_BUCKET", r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")]
    """The bucket for the trail's files and digests."""
    key: Annotated[str, Variable("DAYPASS_DIGEST_KEY", r"alias/[a-zA-Z0-9/_-]{1,250}")]
    """The alias of the AWS KMS key that signs the digests."""
    account_id: AccountId
    region: Region


class PublishSettings(Struct, frozen=True, kw_only=True):
    """The settings of the function that sends trail entries to an event bus. It accesses no
    table."""

    event_bus: Annotated[str, Variable("DAYPASS_EVENT_BUS", _EVENT_BUS)]
    """The ARN of the event bus. Without one, there is no such function."""

    @property
    def region(self) -> str:
        """Return the bus's region, whose API takes the events."""
        return self.event_bus.split(":")[3]


def _list_variables(settings_class: type[Struct]) -> dict[str, Variable]:
    """Return the environment variable of each field of the class, by the field's name.

    Fields without a `Variable` in their annotation are left out.
    """
    return {
        field_name: annotation.__metadata__[0]
        for field_name, annotation in settings_class.__annotations__.items()
        if hasattr(annotation, "__metadata__")
    }


_PATTERNS = dict(
    variable
    for settings_class in (
        Settings,
        ProberSettings,
        SlackSettings,
        NotificationSettings,
        DigestSettings,
        PublishSettings,
    )
    for variable in _list_variables(settings_class).values()
)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the deployment's settings.

    Raise BadSettings, with the variable's name, for the first required variable that is missing or
    invalid.
    """
    values, invalid = _read_fields(environment, Settings)
    values["identity_providers"] = _parse_providers(values["identity_providers"])
    values["other_accounts"] = tuple(filter(None, values["other_accounts"].split(",")))
    return Settings(**values, invalid=invalid)


def read_prober_settings(environment: Mapping[str, str]) -> ProberSettings:
    """Return the prober's settings. Raise BadSettings like `read_settings`."""
    return ProberSettings(**_read_fields(environment, ProberSettings)[0])


def read_digest_settings(environment: Mapping[str, str]) -> DigestSettings:
    """Return the settings of the function that seals the trail. Raise BadSettings like
    `read_settings`."""
    return DigestSettings(**_read_fields(environment, DigestSettings)[0])


def read_publish_settings(environment: Mapping[str, str]) -> PublishSettings:
    """Return the settings of the function that sends trail entries to an event bus. Raise
    BadSettings if the event bus is not set, or is invalid."""
    settings = PublishSettings(**_read_fields(environment, PublishSettings)[0])
    if not settings.event_bus:
        raise BadSettings("The environment variable DAYPASS_EVENT_BUS has no event bus.")
    return settings


def read_slack_settings(environment: Mapping[str, str]) -> SlackSettings:
    """Return the Slack functions' settings. Any invalid optional setting turns Slack off.

    Raise BadSettings like `read_settings`.
    """
    values, invalid = _read_fields(environment, SlackSettings)
    # Without this parameter, Slack is not set up.
    turned_off = {"signing_parameter": ""} if invalid else {}
    return SlackSettings(**values | turned_off)


def read_notification_settings(environment: Mapping[str, str]) -> NotificationSettings:
    """Return the settings of the function that notifies people. An invalid URL of Slack turns off
    only Slack.

    Raise BadSettings like `read_settings`.
    """
    values, invalid = _read_fields(environment, NotificationSettings)
    turned_off = {"webhook_parameter": ""} if "hooks" in invalid else {}
    return NotificationSettings(**values | turned_off)


def read_function_name(environment: Mapping[str, str]) -> str:
    """Return the Lambda function's name in the app's stack, or "" if one function serves
    everything."""
    return environment.get("DAYPASS_FUNCTION", "")


def find_invalid_settings(environment: Mapping[str, str]) -> list[str]:
    """Return the names of the variables whose values are invalid, sorted.

    These are optional variables, because Daypass does not start with an invalid required one.
    """
    return sorted(
        variable
        for variable, value in environment.items()
        if value and find_setting_problem(variable, value)
    )


def find_setting_problem(variable: str, value: str) -> str | None:
    """Return what is wrong with the variable's value, or None if the value is valid.

    The text, such as "is not set", follows the variable's name in a sentence, and does not repeat
    the value. For a variable that is not a setting, return None.
    """
    pattern = _PATTERNS.get(variable)
    if pattern is None:
        return None
    if re.fullmatch(pattern, value, re.ASCII) is None:
        return "has an invalid value" if value else "is not set"
    if variable == "DAYPASS_IDENTITY_PROVIDERS":
        try:
            _parse_providers(value)
        except BadSettings as error:
            return f"is invalid: {error}"
    return None


def _read_fields(
    environment: Mapping[str, str], settings_class: type[Struct]
) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the value of each field of the class, and the names of its invalid optional fields.

    An invalid optional value becomes empty. Raise BadSettings for a required variable that is
    missing or invalid.
    """
    values: dict[str, Any] = {}
    invalid = set()
    for name, variable in _list_variables(settings_class).items():
        value = environment.get(variable.name, "")
        problem = find_setting_problem(variable.name, value)
        if problem is not None:
            is_required = find_setting_problem(variable.name, "") is not None
            if is_required:
                raise BadSettings(f"The environment variable {variable.name} {problem}.")
            invalid.add(name)
        values[name] = "" if problem else value
    if "hooks" in values:
        # An empty value means Slack's own address. Only a local stand-in for Slack has another.
        values["hooks"] = values["hooks"] or _SLACK_HOOKS
    return values, frozenset(invalid)


def _parse_providers(text: str) -> tuple[IdentityProvider, ...]:
    """Return the identity providers of this JSON list.

    Raise BadSettings if the list is invalid or if two providers have the same issuer.
    """
    try:
        providers = msgspec.json.decode(text or "[]", type=tuple[IdentityProvider, ...])
    except msgspec.ValidationError as error:
        raise BadSettings(str(error)) from None
    except msgspec.DecodeError:
        raise BadSettings("it is not JSON") from None
    if len({provider.issuer for provider in providers}) != len(providers):
        raise BadSettings("two providers have the same issuer")
    return providers
