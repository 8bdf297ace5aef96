"""The ports of a deployment: real randomness, the real time, and the clients' settings."""

import os
import secrets
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import MagicMock

import botocore.session
import pytest

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb import connection
from chalicelib.adapters.onboarding import templates
from chalicelib.adapters.onboarding.templates import S3Templates
from chalicelib.adapters.parameters import Parameter
from chalicelib.adapters.prober.deployed_api import DeployedApi
from chalicelib.adapters.side_by_side import side_by_side
from chalicelib.adapters.vending import cut_off_role, sts
from chalicelib.adapters.vending.sts import CONFIG
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.firm import Firm
from chalicelib.domain.people.identities import Provider
from chalicelib.domain.vending.cut_off.cut_offs import CutOffAccess, CutOffFailed, CutOffProblem
from chalicelib.usecases.verification.sweep import TIME_FOR_A_ROLE
from tests.domain.evidence.samples import ALERTS


def test_the_ports_have_the_systems_randomness_the_time_threads_and_alerts(aws, monkeypatch):
    assert aws.ports.random is secrets.token_bytes
    now = aws.ports.now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)
    assert aws.ports.side_by_side is side_by_side
    announced = []
    monkeypatch.setattr("chalicelib.adapters.notifications.alerts.announce", announced.append)
    aws.ports.announce(ALERTS["lead-made"])
    assert announced == [ALERTS["lead-made"]]


@pytest.fixture
def slept(monkeypatch):
    """How long the ports have slept; not what other threads do, which sleep as they always do."""
    seconds = []
    monkeypatch.setattr(bootstrap, "time", SimpleNamespace(sleep=seconds.append))
    return seconds


def test_pauses_are_random_and_grow_to_a_third_of_a_second(aws, slept):
    longest = []
    for tries in range(7):
        slept.clear()
        for _ in range(200):
            aws.ports.pause(tries)
        longest.append(max(slept))
        assert min(slept) >= 0
        assert len(set(slept)) > 100
    aws.ports.pause(100_000)  # however often
    most = [0.02, 0.04, 0.08, 0.16, 0.32, 0.32, 0.32]
    assert all(bound / 2 < result <= bound for result, bound in zip(longest, most, strict=True))


@pytest.fixture
def deployed(aws, monkeypatch):
    """The ports of a deployment with these variables, beside those that it needs."""

    def made(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        bootstrap.ports.cache_clear()
        bootstrap.botocore_session.cache_clear()
        return bootstrap.ports()

    yield made
    bootstrap.ports.cache_clear()
    bootstrap.botocore_session.cache_clear()


PROVIDERS = '[{"issuer": "https://login.example.com", "audience": "us", "algorithms": ["ES384"]}]'


def test_the_ports_are_what_the_deployment_says_and_are_created_once(deployed, aws):
    ports = deployed(
        DAYPASS_ACCOUNT_ID="111122223333",
        DAYPASS_PARTITION="aws-cn",
        DAYPASS_FIRM_NAME="Ada & Söhne",
        DAYPASS_FIRM_CONTACT="ada@example.com",
        DAYPASS_OTHER_ACCOUNTS="222233334444,333344445555",
        DAYPASS_ORGANIZATION_ID="o-a1b2c3d4e5",
        DAYPASS_IDENTITY_PROVIDERS=PROVIDERS,
        DAYPASS_TEMPLATE_BUCKET="ada-templates",
        AWS_REGION="eu-west-1",
        AWS_DEFAULT_REGION="ap-south-1",  # not Lambda's own variable
    )
    assert bootstrap.ports() is ports
    assert ports.firm == Firm(
        account_id="111122223333",
        partition="aws-cn",
        name="Ada & Söhne",
        contact="ada@example.com",
        other_accounts=("222233334444", "333344445555"),
        organization_id="o-a1b2c3d4e5",
    )
    providers = ports.identity_providers
    assert providers._providers == [
        Provider(issuer="https://login.example.com", audience="us", algorithms=("ES384",))
    ]
    assert providers._verifier is providers._verifier  # whose keys are kept
    templates = ports.templates
    assert isinstance(templates, S3Templates)
    assert (templates._bucket, templates.region) == ("ada-templates", "eu-west-1")
    assert templates._owner == "111122223333"
    tables = ports.state._tables
    assert ports.trail._tables is tables
    names = (aws.foundation.state_table, aws.foundation.trail_table)
    assert (tables.state, tables.trail) == names
    clients = [
        (tables.client, connection.CONFIG),
        (ports.sts._get_sts_client(), CONFIG),
        (ports.sts._create_client("sqs", config=CONFIG), CONFIG),
        # A container publishes more than one template.
        *((templates._create_client("s3", config=CONFIG), CONFIG) for _ in range(2)),
    ]
    for client, config in clients:
        meta = client.meta.config
        assert meta.connect_timeout == config.connect_timeout
        assert meta.read_timeout == config.read_timeout
        assert meta.retries["total_max_attempts"] == config.retries["total_max_attempts"]
        assert client.meta.region_name == "eu-west-1"


def test_without_a_setting_its_feature_is_off_and_an_invalid_one_is_counted(deployed, monkeypatch):
    logger = MagicMock()
    monkeypatch.setattr(bootstrap, "logger", logger)
    made = deployed()
    assert made.firm.knows_its_accounts
    assert (made.templates, made.identity_providers._providers) == (None, [])
    assert logger.mock_calls == []
    made = deployed(DAYPASS_OTHER_ACCOUNTS="2222", DAYPASS_IDENTITY_PROVIDERS="{")
    assert not made.firm.knows_its_accounts
    with pytest.raises(Unavailable, match=r"setting-invalid: .*Use an API token"):
        made.identity_providers.verify("a token", made.now())
    assert [call.args for call in logger.error.mock_calls] == [("invalid setting",)] * 2
    fields = [call.kwargs["extra"] for call in logger.error.mock_calls]
    assert [(field["setting"], field["InvalidSettings"]) for field in fields] == [
        ("DAYPASS_IDENTITY_PROVIDERS", [1.0]),
        ("DAYPASS_OTHER_ACCOUNTS", [1.0]),
    ]
    assert all(field["_aws"] for field in fields)


def test_a_cut_off_begins_with_the_broker_roles_credentials(aws, name):
    """Its adapter is made when it is first used."""
    access = CutOffAccess(
        role_arn=f"arn:aws:iam::987654321098:role/daypass-cut-off/{name}", external_id="x"
    )
    with pytest.raises(CutOffFailed) as raised:
        aws.ports.cut_offs.assume(access)
    assert raised.value.problem is CutOffProblem.CUT_OFF_ROLE_REFUSED


def test_a_vend_does_not_wait_for_the_import_of_a_cut_off(deployed):
    deployed()  # it would fail here if a setting were missing
    code = (
        "import sys; from chalicelib.bootstrap import ports; ports(); import"
        " chalicelib.usecases.vending.vend; print([n for n in sys.modules if 'cut_off' in n])"
    )
    shown = subprocess.check_output([sys.executable, "-c", code], env=os.environ, text=True)
    assert shown.strip() == "[]"


def test_a_function_knows_its_own_name(monkeypatch):
    monkeypatch.delenv("DAYPASS_FUNCTION", raising=False)
    assert bootstrap.function_name.__wrapped__() == ""
    monkeypatch.setenv("DAYPASS_FUNCTION", "Enter")
    assert bootstrap.function_name.__wrapped__() == "Enter"


def test_the_prober_has_an_address_a_parameter_and_the_time(monkeypatch, slept):
    fields = {
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "DAYPASS_API_URL": "https://daypass.example.com/api",
        "DAYPASS_PROBER_PARAMETER": "/daypass/prober",
        "DAYPASS_CANARY_ACCOUNT": "444455556666",
    }
    for name, value in fields.items():
        monkeypatch.setenv(name, value)
    bootstrap.prober_ports.cache_clear()
    try:
        made = bootstrap.prober_ports()
        assert made is bootstrap.prober_ports()
    finally:
        bootstrap.prober_ports.cache_clear()
    secrets, api = made.secrets, made.api
    assert isinstance(secrets, Parameter)
    assert isinstance(api, DeployedApi)
    client = secrets._client
    assert (secrets._name, client.meta.service_model.service_name) == ("/daypass/prober", "ssm")
    assert client.meta.region_name == "eu-central-1"
    assert (client.meta.config.connect_timeout, client.meta.config.read_timeout) == (2, 5)
    assert client.meta.config.retries["total_max_attempts"] == 3
    assert api._url == "https://daypass.example.com/api"
    assert made.canary_account == "444455556666"
    assert made.now().tzinfo is UTC
    assert abs(made.now() - datetime.now(UTC)) < timedelta(seconds=5)
    made.pause()
    assert slept == [1]


@pytest.mark.parametrize(
    ("config", "service", "connect", "read", "tries", "checks"),
    [
        (connection.CONFIG, "dynamodb", 1, 3, 3, False),
        (sts.CONFIG, "sts", 2, 5, 2, False),
        (cut_off_role.CONFIG, "iam", 2, 10, 1, False),
        (templates.CONFIG, "s3", 2, 5, 2, True),
    ],
)
def test_a_client_waits_and_tries_again_as_its_adapter_says(
    monkeypatch, config, service, connect, read, tries, *, checks
):
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")  # it is not for the environment to choose
    made = botocore.session.Session().create_client(
        service,
        region_name="eu-central-1",
        config=config,
        aws_access_key_id="ASIAEXAMPLE",
        aws_secret_access_key="example",
    )
    existing = made.meta.config
    assert (existing.connect_timeout, existing.read_timeout) == (connect, read)
    assert config.retries == {"mode": "standard", "total_max_attempts": tries}
    assert existing.retries == {"mode": "standard", "total_max_attempts": tries}
    assert config.parameter_validation is checks


def test_the_time_for_a_role_is_enough_if_aws_does_not_answer():
    tries = sts.CONFIG.retries["total_max_attempts"]
    # botocore's standard mode waits for less than 1 s before the second try.
    one_call = tries * (sts.CONFIG.connect_timeout + sts.CONFIG.read_timeout) + (tries - 1)
    assert tries == 2
    # A full check makes 7 calls if the probe with the correct external ID gets no answer.
    assert 7 * one_call <= TIME_FOR_A_ROLE
