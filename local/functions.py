"""Stands in for AWS Lambda: the app's functions, all in this process, each as the role that it has.

One runs at a time, as in an environment of Lambda's, and the ports that the code finds meanwhile
are its own: what its role may not do fails here as it does there.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import yaml
from msgspec.structs import replace

from local.endpoint import Endpoint

if TYPE_CHECKING:
    from chalicelib.usecases.ports import Ports
    from chalicelib.usecases.slack.ports import SlackPorts

_TEMPLATE = Path(__file__).parent.parent / ".chalice" / "app.yaml"
API = "APIHandler"


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of the app's stack, by their names there."""

    aws: Endpoint
    account: str
    made: dict[str, Ports] = field(default_factory=dict)
    """What each has been given so far."""
    slack: dict[str, SlackPorts | None] = field(default_factory=dict)
    """The same, of what has to do with Slack."""
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """Whatever is called until the block ends, is called in this function."""
        from chalicelib import bootstrap
        from chalicelib.adapters.dynamodb.tables import connect

        with self._one_at_a_time:
            made = self.ports(function)
            # Its models have one connection for the whole process: the last one that was made.
            connect(made.state._tables)  # type: ignore[attr-defined]
            slack_ports = partial(self.slack_ports, function, bootstrap.slack_ports.__wrapped__)
            with (
                patch.object(bootstrap, "ports", lambda: made),
                patch.object(bootstrap, "slack_ports", slack_ports),
            ):
                yield

    def slack_ports(
        self, function: str, make: Callable[[], SlackPorts | None]
    ) -> SlackPorts | None:
        """The same, of what has to do with Slack, for the function that is running."""
        if function not in self.slack:
            with environment_with(self.credentials(function)):
                found = make()
            self.slack[function] = found and replace(found, queue=_WorkHere(self))
        return self.slack[function]

    def ports(self, function: str) -> Ports:
        """What the function is given, with its own credentials; made once, as in its container."""
        if function not in self.made:
            with environment_with(self.credentials(function)):
                self.made[function] = _fresh_ports()
        return self.made[function]

    def credentials(self, function: str) -> dict[str, str]:
        """The variable by which the SDK finds them, again and again, and the function's name."""
        role_arn = f"arn:aws:iam::{self.account}:role/{roles()[function]}"
        name = deployed_name(function)
        url = self.aws.function_credentials_url(role_arn, name)
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_LAMBDA_FUNCTION_NAME": name}


@dataclass(frozen=True, slots=True)
class _WorkHere:
    """Invokes the function in this process, as AWS Lambda does that of the stack, and is not waited
    for."""

    functions: Functions

    def enqueue(self, task: str, response_url: str) -> None:
        event = {"task": task, "response_url": response_url}
        threading.Thread(target=self._work, args=(event,), daemon=True).start()

    def _work(self, event: dict[str, str]) -> None:
        from chalicelib.entrypoints.slack.work import slack_work

        with self.functions.running("SlackWork"):
            slack_work(event, None)


def _fresh_ports() -> Ports:
    from chalicelib import bootstrap

    return bootstrap.ports.__wrapped__()


def deployed_name(function: str) -> str:
    """A name such as AWS CloudFormation makes up for a function of the app's stack."""
    return f"daypass-{function}-local"


@cache
def roles() -> dict[str, str]:
    """The name of each function's role, as the deployment's template has it."""
    template = yaml.safe_load(_TEMPLATE.read_text(encoding="utf-8"))
    found: dict[str, Any] = {
        name: resource["Properties"]["Role"]["Fn::Sub"]
        for name, resource in template["Resources"].items()
        if "Role" in resource["Properties"]
    }
    return {name: arn.rpartition("/")[2] for name, arn in found.items()}


def serving(method: str, path: str) -> str:
    """The function that serves this route; the API's own, where there is no such method."""
    from chalicelib.entrypoints.http.routes import ROUTES

    return next((r.function for r in ROUTES if (r.method, r.path) == (method, path)), API)


@contextmanager
def environment_with(variables: Mapping[str, str]) -> Iterator[None]:
    """The process's environment with these in it, until the block ends, and a session of the SDK
    that has not found its credentials yet."""
    from chalicelib import bootstrap

    before = dict(os.environ)
    os.environ.update(variables)
    try:
        with patch.object(bootstrap, "session", cache(bootstrap.session.__wrapped__)):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
