"""The prober's tokens lie encrypted in one parameter, which its role alone of ours may read."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.adapters.parameters import Parameter
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.prober.checks import Tokens
from local.sample_accounts import FIRM
from tests.fakes.prober import FakeSecretStore
from tests.local.scene import run_as
from tests.rows import every

NAME = "/daypass/prober"
FIRST, SECOND = (
    Tokens(live="a-live", revoked="a-revoked"),
    Tokens(live="b-live", revoked="b-revoked"),
)


@pytest.fixture
def ssm(aws):
    """As the prober's function has it, and nothing in it."""
    root = aws.endpoint.as_root(FIRM, "ssm")
    root.delete_parameters(Names=[NAME])
    yield run_as(aws.endpoint, f"arn:aws:iam::{FIRM}:role/daypass-prober").client("ssm")
    root.delete_parameters(Names=[NAME])


@pytest.fixture(params=["fake", "real"])
def secrets(request):
    if request.param == "fake":
        return FakeSecretStore()
    return Parameter(NAME, request.getfixturevalue("ssm"), Tokens)


def test_the_last_stored_tokens_are_read(secrets):
    assert secrets.find() is None
    for tokens in (FIRST, SECOND):
        secrets.write(tokens)
        assert secrets.find() == tokens


def test_it_lies_there_encrypted(aws, ssm):
    Parameter(NAME, ssm, Tokens).write(FIRST)
    parameter = aws.endpoint.as_root(FIRM, "ssm").get_parameter(Name=NAME)["Parameter"]
    assert parameter["Type"] == "SecureString"
    assert "a-live" not in parameter["Value"]


class Failing:
    """A client whose every call fails so."""

    def __init__(self, error):
        self._error = error

    def get_parameter(self, **_):
        raise self._error

    put_parameter = get_parameter


DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "GetParameter")
NO_WAY = EndpointConnectionError(endpoint_url="https://ssm")


@every("error", [DENIED, NO_WAY])
def test_what_does_not_answer_is_not_taken_for_empty(error):
    secrets = Parameter(NAME, Failing(error), Tokens)
    for use in (secrets.find, lambda: secrets.write(FIRST)):
        with pytest.raises(Unavailable) as raised:
            use()
        assert raised.value.reason == "records-unavailable"
        assert raised.value.__cause__ is error
