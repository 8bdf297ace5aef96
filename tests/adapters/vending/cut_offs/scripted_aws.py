"""AWS STS and IAM with scripted answers, behind real botocore clients."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.client import Config
from botocore.validate import ParamValidator

from chalicelib.adapters.vending.cut_off_role import AwsCutOffs
from chalicelib.domain.vending.cut_off.cut_offs import CutOffFailed, CutOffProblem
from tests.adapters.faults import Raw, sts_error

Answer = Callable[[], AWSResponse] | Exception
CREDENTIALS = (
    "<AccessKeyId>ASIACUTOFF0000000001</AccessKeyId><SecretAccessKey>cut-off-secret"
    "</SecretAccessKey><SessionToken>cut-off-token</SessionToken>"
    "<Expiration>2026-11-24T13:00:00Z</Expiration>"
)
RESULTS = {
    "AssumeRole": f"<Credentials>{CREDENTIALS}</Credentials>",
    "GetAccessKeyInfo": "<Account>987654321098</Account>",
    "CreatePolicyVersion": "<PolicyVersion><VersionId>v7</VersionId></PolicyVersion>",
    "DeletePolicyVersion": "",
    "AttachRolePolicy": "",
}


class ScriptedAws:
    """Answers each operation with success, or as scripted, and records the requests.

    Each request's parameters are validated against the service's model, because the adapter's
    clients do not.
    """

    def __init__(self, **answers: Answer) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.senders: list[tuple[str, str]] = []
        """The host and the access key ID of each request."""
        self.clients: list[Any] = []
        self._answers = answers

    @property
    def port(self) -> AwsCutOffs:
        broker = {"aws_access_key_id": "ASIABROKER", "aws_secret_access_key": "broker-secret"}
        return AwsCutOffs(lambda: self.create_client("sts", **broker), self.create_client)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.requests]

    def create_client(self, service: str, **options: Any) -> Any:
        # The addresses of AWS, although other tests have the local AWS in the environment.
        config = options.pop("config", Config()).merge(Config(ignore_configured_endpoint_urls=True))
        client = _session().create_client(
            service, region_name="eu-central-1", config=config, **options
        )
        client.meta.events.register("provide-client-params.*.*", self._record)
        client.meta.events.register("before-send.*.*", self._answer)
        self.clients.append(client)
        return client

    def _record(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        report = ParamValidator().validate(params, model.input_shape)
        assert not report.has_errors(), report.generate_report()
        self.requests.append((model.name, params))

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        sender = request.headers["Authorization"].decode()
        host = request.url.split("/")[2]
        self.senders.append((host, sender.partition("Credential=")[2].partition("/")[0]))
        operation = self.operations[-1]
        answer = self._answers.get(operation, lambda: succeeded(operation))
        if isinstance(answer, Exception):
            raise answer
        return answer()


def succeeded(operation: str) -> AWSResponse:
    result = f"<{operation}Result>{RESULTS[operation]}</{operation}Result>"
    body = f"<{operation}Response>{result}</{operation}Response>"
    return AWSResponse("", 200, {"Content-Type": "text/xml"}, Raw(body.encode()))


def failed(code: str, status: int, text: str = "as told") -> Callable[[], AWSResponse]:
    return lambda: sts_error(code, status, text)


def problem_of(call: Callable[..., Any], *arguments: Any) -> CutOffProblem | None:
    """Return why the call fails, or None if it does not."""
    try:
        call(*arguments)
    except CutOffFailed as error:
        return error.problem
    return None


@cache
def _session() -> Any:
    """Return the session of all clients, which reads the services' models once."""
    return botocore.session.Session()
