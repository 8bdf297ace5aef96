"""Build the ports, once for each container: the one file that knows every adapter."""

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
from chalicelib.settings import (
    Settings,
    function_of,
    invalid_settings,
    notice_settings,
    prober_settings,
    settings,
    slack_settings,
)
from chalicelib.telemetry import logger, measured
from chalicelib.usecases.ports import Ports

# Adapters, and the SDK, are imported where they are built: a function waits for its own alone.
if TYPE_CHECKING:
    from chalicelib.adapters.people.identity_providers import OidcProviders
    from chalicelib.usecases.notifications.ports import NotifyPorts
    from chalicelib.usecases.prober.ports import ProberPorts
    from chalicelib.usecases.slack.ports import SlackPorts

LONGEST_PAUSE = 0.32  # seconds, before a use case tries again
NOT_ENTERING = frozenset({"APIHandler", "Anonymous", "Slack"})
"""The functions that never enter a client's account, and do without a client for AWS STS."""


@cache
def ports() -> Ports:
    """The ports of this deployment. BadSettings if the environment does not name them."""
    from chalicelib.adapters.dynamodb import connection as dynamodb
    from chalicelib.adapters.dynamodb.patience import pause
    from chalicelib.adapters.dynamodb.state import DynamoState
    from chalicelib.adapters.dynamodb.trail import DynamoTrail
    from chalicelib.adapters.onboarding.templates import S3Templates
    from chalicelib.adapters.side_by_side import side_by_side
    from chalicelib.adapters.vending.sts import CONFIG, AwsSts

    known = settings(os.environ)
    report_invalid_settings()
    # A vend asks for these two clients, and the container waits for them. Every other client is
    # made when it is first asked for.
    made = partial(session().create_client, region_name=known.region)
    tables = dynamodb.Tables(
        state=known.state_table,
        trail=known.trail_table,
        region=known.region,
        client=made("dynamodb", config=dynamodb.CONFIG),
    )
    sts_client = cache(partial(made, "sts", config=CONFIG))
    if function() not in NOT_ENTERING:
        sts_client()
    clients = partial(_client, session(), known.region)
    firm = firm_of(known)
    return Ports(
        firm=firm,
        state=DynamoState(tables),
        trail=DynamoTrail(tables),
        sts=AwsSts(sts_client, clients, firm.broker_role_arn, known.function_arn),
        templates=(
            S3Templates(known.template_bucket, known.region, known.account_id, clients)
            if known.template_bucket
            else None
        ),
        identity_providers=identity_providers_of(known),
        side_by_side=side_by_side,
        announce=_announce,
        now=lambda: datetime.now(UTC),
        pause=lambda tries: time.sleep(pause(tries, LONGEST_PAUSE)),
        random=secrets.token_bytes,
    )


def _announce(entry: Entry) -> None:
    # Here and not above: no vend waits for it.
    from chalicelib.adapters.notifications.alerts import announce

    announce(entry)


def firm_of(known: Settings) -> Firm:
    """Return our own side, as the deployment's settings describe it."""
    return Firm(
        account_id=known.account_id,
        partition=known.partition,
        other_accounts=known.other_accounts,
        organization_id=known.organization_id,
        name=known.firm_name,
        contact=known.firm_contact,
        knows_its_accounts=not known.invalid & {"other_accounts", "organization_id"},
    )


def identity_providers_of(known: Settings) -> OidcProviders:
    """Return the identity providers that the deployment's settings name."""
    from chalicelib.adapters.people.identity_providers import OidcProviders

    return OidcProviders(
        [Provider(**asdict(one)) for one in known.identity_providers],
        turned_off="identity_providers" in known.invalid,
    )


@cache
def prober_ports() -> ProberPorts:
    """What the prober of this deployment has. BadSettings, as `ports`."""
    from chalicelib.adapters.parameters import CONFIG, Parameter
    from chalicelib.adapters.prober.deployed_api import DeployedApi
    from chalicelib.domain.prober.checks import Tokens
    from chalicelib.usecases.prober.ports import ProberPorts

    known = prober_settings(os.environ)
    return ProberPorts(
        api=DeployedApi(known.api_url),
        secrets=Parameter(
            known.parameter,
            session().create_client("ssm", region_name=known.region, config=CONFIG),
            Tokens,
        ),
        canary_account=known.canary_account,
        now=lambda: datetime.now(UTC),
        pause=lambda: time.sleep(1),
    )


@cache
def slack_ports() -> SlackPorts | None:
    """What has to do with Slack; None where this Daypass is not set up for it. BadSettings, as
    `ports`."""
    from chalicelib.adapters.slack import aws
    from chalicelib.adapters.slack.posting import HttpSlackResponder
    from chalicelib.domain.slack.signatures import SlackSecrets
    from chalicelib.usecases.slack.ports import SlackPorts

    known = slack_settings(os.environ)
    if not known.signing_parameter:
        return None
    made = partial(session().create_client, region_name=known.region)
    return SlackPorts(
        ports=ports(),
        secret_store=aws.ParameterStoreSecrets(
            known.signing_parameter,
            made("ssm", config=aws.SECRETS_CONFIG),
            SlackSecrets,
        ),
        responder=HttpSlackResponder(known.hooks),
        # Most commands need no more time than they have, and no client of AWS Lambda.
        queue=aws.LambdaWorkQueue(
            known.work_function, cache(lambda: made("lambda", config=aws.WORK_CONFIG))
        ),
    )


@cache
def notify_ports() -> NotifyPorts:
    """What there is to tell people by. BadSettings, as `ports`."""
    from chalicelib.adapters.notifications.topic import CONFIG, NotificationTopic
    from chalicelib.adapters.slack import aws
    from chalicelib.adapters.slack.posting import Webhook
    from chalicelib.domain.notifications.delivery import ChannelKind
    from chalicelib.domain.slack.notification import ChannelWebhook
    from chalicelib.usecases.notifications.ports import NotifyPorts

    notices = notice_settings(os.environ)
    made = partial(session().create_client, region_name=notices.region)
    channels: list[Callable[[], Webhook | NotificationTopic | None]] = []
    if notices.webhook_parameter:
        safe = aws.ParameterStoreSecrets(
            notices.webhook_parameter,
            made("ssm", config=aws.SECRETS_CONFIG),
            ChannelWebhook,
        )

        def channel() -> Webhook | None:
            known = safe.read()
            return Webhook(known, notices.hooks) if known.url else None

        channels.append(channel)
    sns = made("sns", config=CONFIG) if notices.topic or notices.alarms else None
    for arn, via in ((notices.topic, ChannelKind.MAIL), (notices.alarms, ChannelKind.ALARM)):
        if arn:
            channels.append(partial(NotificationTopic, arn, sns, via=via))
    return NotifyPorts(ports=ports(), channels=tuple(channels))


def report_invalid_settings() -> None:
    """Log and count each setting that turns a feature off, for the alarm. Values are not logged."""
    for variable in invalid_settings(os.environ):
        fields = {"setting": variable} | measured({"InvalidSettings": 1})
        logger.error("invalid setting", extra=fields)


@cache
def session() -> Any:
    """Return the session that boto3 itself is made of: one, since a second one would read the SDK's
    data files all over again."""
    import botocore.session

    return botocore.session.get_session()


@cache
def function() -> str:
    """Which of the app's functions this is; empty where one serves every route."""
    return function_of(os.environ)


# "Multithreading or multiprocessing with clients" (Boto3 documentation): a session is not made for
# several threads, the clients that it has made are.
_one_client_at_a_time = Lock()


def _client(session: Any, region: str, service: str, **more: Any) -> Any:
    """A client by boto3, on the same botocore session."""
    import boto3  # it makes every container start later, and no vend needs it

    with _one_client_at_a_time:
        return boto3.Session(botocore_session=session, region_name=region).client(service, **more)
