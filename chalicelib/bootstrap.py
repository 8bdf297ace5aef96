"""Build the ports, once for each container of a Lambda function.

A port is an interface to AWS or another service, and an adapter implements it. Only this module
knows every adapter.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from chalicelib.domain.firm import Firm
from chalicelib.domain.people.identities import Provider
from chalicelib.domain.trail import Entry
from chalicelib.domain.vending.vends import Credentials
from chalicelib.settings import (
    NotificationSettings,
    Settings,
    find_invalid_settings,
    read_digest_settings,
    read_function_name,
    read_notification_settings,
    read_prober_settings,
    read_publish_settings,
    read_settings,
    read_slack_settings,
)
from chalicelib.telemetry import build_metric_fields, logger
from chalicelib.usecases.ports import KickedFunction, Ports

# Functions here import the adapters and the SDK, so that a Lambda function loads only what it
# needs.
if TYPE_CHECKING:
    from chalicelib.adapters.people.identity_providers import OidcProviders
    from chalicelib.domain.requests.client_decisions import ClientDecision
    from chalicelib.domain.vending.access import Terms
    from chalicelib.domain.vending.cut_off.cut_offs import CutOffAccess
    from chalicelib.domain.verification.probe_variants import Probe
    from chalicelib.usecases.evidence.digests import DigestPorts
    from chalicelib.usecases.evidence.publish import PublishPorts
    from chalicelib.usecases.notifications.channel_run import Channel
    from chalicelib.usecases.notifications.notify import NotifyPorts
    from chalicelib.usecases.notifications.trail_run import RunContext, RunEnd
    from chalicelib.usecases.ports import Canary, CutOffRole, CutOffs, EventHistory, Templates
    from chalicelib.usecases.prober.check_api import ProberPorts
    from chalicelib.usecases.requests.client.mailboxes import Mailer
    from chalicelib.usecases.slack.authentication import SlackPorts

LONGEST_PAUSE = 0.32  # seconds, before a use case retries
FUNCTIONS_WITHOUT_STS = frozenset(
    {
        "APIHandler",
        "Anonymous",
        "ClientApproval",
        "ClientDecision",
        "Digest",
        "Overview",
        "Slack",
        "Web",
    }
)
"""The Lambda functions that never assume a client's role, and so create no STS client at start."""


@cache
def ports() -> Ports:
    """Return the ports of the routes' use cases. Raise BadSettings if a required setting is
    missing or invalid."""
    from chalicelib.adapters.dynamodb import connection as dynamodb
    from chalicelib.adapters.dynamodb.state import DynamoState
    from chalicelib.adapters.dynamodb.trail import DynamoTrail
    from chalicelib.adapters.side_by_side import side_by_side
    from chalicelib.adapters.vending.sts import CONFIG, AwsSts

    config = read_settings(os.environ)
    report_invalid_settings()
    # Issuing credentials needs a DynamoDB and an STS client, so the container creates these two at
    # start. It creates all other clients when they are first used.
    create_client = _client_factory(config.region)
    tables = dynamodb.Tables(
        state=config.state_table,
        trail=config.trail_table,
        region=config.region,
        client=create_client("dynamodb", config=dynamodb.CONFIG),
    )
    get_sts_client = cache(partial(create_client, "sts", config=CONFIG))
    if function_name() not in FUNCTIONS_WITHOUT_STS:
        get_sts_client()
    create_boto3_client = partial(_create_boto3_client, botocore_session(), config.region)
    firm = build_firm(config)
    return Ports(
        firm=firm,
        state=DynamoState(tables),
        trail=DynamoTrail(tables),
        sts=AwsSts(get_sts_client, create_boto3_client, firm.broker_role_arn, config.function_arn),
        open_event_history=partial(_open_event_history, config, get_sts_client),
        cut_offs=LazyCutOffs(get_sts_client, create_boto3_client),
        templates=_open_templates(config, create_boto3_client) if config.template_bucket else None,
        identity_providers=build_identity_providers(config),
        sign_in_url=partial(_get_sign_in_url_lazily, config),
        side_by_side=side_by_side,
        announce=_announce_lazily,
        kick=partial(_kick_lazily, config),
        decide_for_client=partial(_invoke_decision, config),
        can_mail_clients=bool(config.client_mail_from),
        now=_read_clock,
        pause=_pause,
        random=secrets.token_bytes,
    )


def _open_templates(config: Settings, create_client: Callable[..., Any]) -> Templates:
    """Return the store of the templates that clients launch in the console."""
    from chalicelib.adapters.onboarding.templates import S3Templates

    return S3Templates(config.template_bucket, config.region, config.account_id, create_client)


def _get_sign_in_url_lazily(config: Settings, credentials: Credentials) -> str | None:
    """Return a URL that signs a browser in to the AWS console with the session, if AWS gives
    one."""
    # Imported here, because only the page of an access link needs it.
    from chalicelib.adapters.vending.console import get_sign_in_url

    return get_sign_in_url(config.partition, config.sign_in_endpoint, credentials)


def _open_event_history(
    config: Settings, get_sts_client: Callable[[], Any], probe: Probe
) -> EventHistory:
    """Assume the client's role as the probe says. Return a reader of CloudTrail's events in the
    deployment's region and in the partition's main region, which has the events of global services.
    Both can be the same region, which is then read once."""
    # Imported here, because only the Lambda function Sweep needs it.
    from chalicelib.adapters.vending.event_history import MAIN_REGIONS, open_event_history

    return open_event_history(
        probe,
        get_sts_client,
        partial(_create_boto3_client, botocore_session()),
        (config.region, MAIN_REGIONS.get(config.partition, config.region)),
    )


class LazyCutOffs:
    """The CutOffs port. Its adapter is imported when it is first used, because issuing credentials
    does not need it. The parameters are the adapter's."""

    def __init__(
        self, get_sts_client: Callable[[], Any], create_client: Callable[..., Any]
    ) -> None:
        self._arguments = get_sts_client, create_client

    def assume(self, access: CutOffAccess) -> CutOffRole:
        return self._adapter.assume(access)

    def open_canary(self, terms: Terms, session_name: str) -> Canary:
        return self._adapter.open_canary(terms, session_name)

    @property
    def _adapter(self) -> CutOffs:
        from chalicelib.adapters.vending.cut_off_role import AwsCutOffs

        return AwsCutOffs(*self._arguments)


def _announce_lazily(entry: Entry) -> None:
    """Raise the alerts of the trail entry."""
    # Imported here, so that requests for credentials do not wait for this import.
    from chalicelib.adapters.notifications.alerts import announce

    announce(entry)


def _kick_lazily(config: Settings, function: KickedFunction) -> None:
    """Invoke the Lambda function `function` now. A failure is logged. Do nothing if the deployment
    does not let the running function invoke it: then its name is empty in the settings."""
    names = {
        KickedFunction.CUT_OFF: config.cut_off_function,
        KickedFunction.NOTIFY: config.notify_function,
    }
    if not names[function]:
        return
    # Imported here, so that requests for credentials do not wait for this import.
    from chalicelib.adapters.vending.kick import CONFIG, kick

    create_client = _client_factory(config.region)
    kick(
        names[function],
        partial(create_client, "lambda", config=CONFIG),
    )


def _invoke_decision(config: Settings, decision: ClientDecision) -> None:
    """Invoke the Lambda function ClientDecision, which carries out the decision of someone at the
    client (`Ports.decide_for_client`)."""
    # Imported here, because only the buttons of an approver's page need it.
    from chalicelib.adapters.requests.decisions import CONFIG, decide

    create_client = _client_factory(config.region)
    decide(
        config.decision_function,
        partial(create_client, "lambda", config=CONFIG),
        decision,
    )


def build_firm(config: Settings) -> Firm:
    """Return the firm as the deployment's settings describe it."""
    return Firm(
        account_id=config.account_id,
        partition=config.partition,
        other_accounts=config.other_accounts,
        organization_id=config.organization_id,
        name=config.firm_name,
        contact=config.firm_contact,
        knows_its_accounts=not config.invalid & {"other_accounts", "organization_id"},
    )


def build_identity_providers(config: Settings) -> OidcProviders:
    """Return the identity providers in the deployment's settings, turned off if the setting is
    invalid."""
    from chalicelib.adapters.people.identity_providers import OidcProviders

    return OidcProviders(
        [Provider(**asdict(provider)) for provider in config.identity_providers],
        is_turned_off="identity_providers" in config.invalid,
    )


@cache
def prober_ports() -> ProberPorts:
    """Return the ports of the prober, the function that tests the deployed API. Raise BadSettings
    like `ports`."""
    from chalicelib.adapters.parameters import CONFIG, Parameter
    from chalicelib.adapters.prober.deployed_api import DeployedApi
    from chalicelib.domain.prober.checks import Tokens
    from chalicelib.usecases.prober.check_api import ProberPorts

    config = read_prober_settings(os.environ)
    return ProberPorts(
        api=DeployedApi(config.api_url),
        secrets=Parameter(
            config.parameter,
            _client_factory(config.region)("ssm", config=CONFIG),
            Tokens,
        ),
        canary_account=config.canary_account,
        now=_read_clock,
        pause=lambda: time.sleep(1),
    )


@cache
def slack_ports() -> SlackPorts | None:
    """Return the Slack functions' ports, or None if Slack is not set up. Raise BadSettings like
    `ports`."""
    from chalicelib.adapters.slack import aws
    from chalicelib.adapters.slack.posting import HttpSlackResponder
    from chalicelib.domain.slack.signatures import SlackSecrets
    from chalicelib.usecases.slack.authentication import SlackPorts

    config = read_slack_settings(os.environ)
    if not config.signing_parameter:
        return None
    create_client = _client_factory(config.region)
    return SlackPorts(
        ports=ports(),
        secret_store=aws.ParameterStoreSecrets(
            config.signing_parameter,
            create_client("ssm", config=aws.SECRETS_CONFIG),
            SlackSecrets,
        ),
        responder=HttpSlackResponder(config.hooks),
        # Most commands finish in time and need no AWS Lambda client.
        queue=aws.LambdaWorkQueue(
            config.work_function, cache(lambda: create_client("lambda", config=aws.WORK_CONFIG))
        ),
    )


@cache
def notify_ports() -> NotifyPorts:
    """Return the ports for sending notifications, with every channel that is set up. Raise
    BadSettings like `ports`."""
    from chalicelib.adapters.notifications.topic import CONFIG, AlarmTopics, NotificationTopic
    from chalicelib.adapters.slack import aws
    from chalicelib.adapters.slack.posting import Webhook
    from chalicelib.domain.slack.requests import ChannelWebhook
    from chalicelib.usecases.notifications.notify import NotifyPorts
    from chalicelib.usecases.requests.notices import RequestNotices

    config = read_notification_settings(os.environ)
    create_client = _client_factory(config.region)
    channels: list[Callable[[], Channel | None]] = []
    if config.webhook_parameter:
        store = aws.ParameterStoreSecrets(
            config.webhook_parameter,
            create_client("ssm", config=aws.SECRETS_CONFIG),
            ChannelWebhook,
        )

        def open_webhook() -> Webhook | None:
            """Return the channel of the stored webhook, or None if no webhook is stored."""
            webhook = store.read()
            return Webhook(webhook, config.hooks) if webhook.url else None

        channels.append(open_webhook)
    sns = create_client("sns", config=CONFIG) if config.topic or config.alarms else None
    if config.topic:
        channels.append(partial(NotificationTopic, config.topic, sns))
    if config.alarms:
        channels.append(partial(AlarmTopics, config.alarms, config.warnings, sns))
    return NotifyPorts(
        ports=ports(),
        channels=tuple(channels),
        client_mail=_prepare_client_mail(config, create_client),
        requests=RequestNotices(),
    )


def _prepare_client_mail(
    config: NotificationSettings, create_client: Callable[..., Any]
) -> Callable[[RunContext], RunEnd] | None:
    """Return the function that mails people at clients, or None if the deployment has no sender."""
    from chalicelib.adapters.requests.ses import CONFIG, SesMailer

    if not config.client_mail_from:
        return None
    firm = ports().firm
    mailer = SesMailer(
        create_client("sesv2", config=CONFIG),
        sender=config.client_mail_from,
        configuration_set=config.client_mail_set,
        firm_name=firm.name,
        reply_to=firm.contact,
    )
    return partial(_run_client_mail, mailer)


def _run_client_mail(mailer: Mailer, context: RunContext) -> RunEnd:
    """Mail people at clients once."""
    from chalicelib.usecases.requests.client.mailboxes import ClientMailRun

    return ClientMailRun(context, mailer).run()


@cache
def digest_ports() -> DigestPorts:
    """Return the ports for sealing the trail. Raise BadSettings like `ports`."""
    from chalicelib.adapters.evidence import bucket, signing_key
    from chalicelib.usecases.evidence.digests import DigestPorts

    config = read_digest_settings(os.environ)
    create_client = _client_factory(config.region)
    return DigestPorts(
        ports=ports(),
        store=bucket.DigestBucket(
            config.bucket, config.account_id, create_client("s3", config=bucket.CONFIG)
        ),
        key=signing_key.KmsKey(config.key, create_client("kms", config=signing_key.CONFIG)),
    )


@cache
def publish_ports() -> PublishPorts:
    """Return the ports for sending entries to the event bus. Raise BadSettings like `ports`."""
    from chalicelib.adapters.dynamodb.trail_stream import read_stream
    from chalicelib.adapters.evidence import event_bus
    from chalicelib.usecases.evidence.publish import PublishPorts

    config = read_publish_settings(os.environ)
    client = _client_factory(config.region)("events", config=event_bus.CONFIG)
    return PublishPorts(
        bus=event_bus.AwsEventBus(config.event_bus, client),
        read_stream=read_stream,
        now=_read_clock,
        pause=_pause,
    )


def report_invalid_settings() -> None:
    """Log and count each invalid setting that turns its feature off, for an alarm. Log no
    values."""
    for variable in find_invalid_settings(os.environ):
        fields = {"setting": variable} | build_metric_fields({"InvalidSettings": 1})
        logger.error("invalid setting", extra=fields)


def _client_factory(region: str) -> Callable[..., Any]:
    """Return a function that creates an SDK client in this region."""
    return partial(botocore_session().create_client, region_name=region)


def _read_clock() -> datetime:
    return datetime.now(UTC)


def _pause(tries: int) -> None:
    """Wait before a use case or a send tries again after so many tries."""
    from chalicelib.adapters.dynamodb.retries import random_pause_seconds

    time.sleep(random_pause_seconds(tries, LONGEST_PAUSE))


@cache
def botocore_session() -> Any:
    """Return the container's only botocore session. A second one would read the SDK's data files
    again."""
    import botocore.session

    return botocore.session.get_session()


@cache
def function_name() -> str:
    """Return the Lambda function's name in the app's stack, or an empty string if one function
    serves everything."""
    return read_function_name(os.environ)


# Boto3's clients are thread-safe, but its sessions are not ("Multithreading or multiprocessing with
# clients", Boto3 documentation).
_client_lock = Lock()


@cache
def _boto3_session(session: Any) -> Any:
    """Return the only boto3 session on this botocore session. A second one would create no client
    of Amazon S3: boto3 adds its methods to that client once for each session."""
    # Importing boto3 takes long, and issuing credentials does not need it.
    import boto3

    return boto3.Session(botocore_session=session)


def _create_boto3_client(session: Any, region: str, service: str, **options: Any) -> Any:
    with _client_lock:
        return _boto3_session(session).client(service, region_name=region, **options)
