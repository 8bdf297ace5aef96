"""A function is invoked without waiting for it. A lost call does no harm."""

from botocore.exceptions import ClientError, ConnectTimeoutError

from chalicelib.adapters.vending.kick import KICK, kick
from tests.rows import every


class FakeLambda:
    """A Lambda client that records its calls, or fails."""

    def __init__(self, error=None):
        self.calls = []
        self._error = error

    def invoke(self, **parameters):
        self.calls.append(parameters)
        if self._error is not None:
            raise self._error


def test_the_function_is_invoked_asynchronously():
    client = FakeLambda()
    kick("daypass-CutOff-abc", lambda: client)
    assert client.calls == [
        {"FunctionName": "daypass-CutOff-abc", "InvocationType": "Event", "Payload": KICK}
    ]


@every(
    "error",
    [
        ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"),
        ConnectTimeoutError(endpoint_url="https://lambda"),
    ],
)
def test_a_lost_call_raises_nothing(error):
    kick("daypass-CutOff-abc", lambda: FakeLambda(error))
