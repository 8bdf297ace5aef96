"""The whole API on the local AWS: each route in its function, with that function's role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.failures import tagged
from chalicelib.adapters.dynamodb.rows import row_of
from chalicelib.domain.trail import Entry
from chalicelib.usecases.ports import Templates
from local import functions, sample_accounts
from local.endpoint import Endpoint
from local.functions import Functions, environment_with
from local.processes import as_function, local_aws
from local.sample_accounts import Foundation
from local.slack import workspace
from tests.builders import EXTERNAL_ID, Scene, a_scene
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.matrix import ask, prepare
from tests.fakes import NOON, World
from tests.fakes.providers import FakeProviders
from tests.fakes.slack import SIGNING, TEAM, FakeResponder, FakeWorkQueue, a_workspace
from tests.fakes.templates import FakeTemplates

BUCKET = f"daypass-templates-{sample_accounts.FIRM}-us-east-1"
# The clients' roles of the scene, with the external IDs that it sends.
GLOBEX_ID = EXTERNAL_ID.replace("abc", "xyz")
CLIENTS = ((sample_accounts.ACME, EXTERNAL_ID), (sample_accounts.GLOBEX, GLOBEX_ID))


@dataclass(frozen=True, slots=True)
class RecordedTemplates:
    """Publishes templates in the local bucket, and returns a URL as on AWS, because no console
    accepts a local one. The local URLs are in `urls`."""

    bucket: Templates
    urls: list[str]
    region: str = "us-east-1"

    def publish(self, name: str, text: str) -> str:
        self.urls.append(self.bucket.publish(name, text))
        return FakeTemplates().publish(name, text)


class InItsFunction(Api):
    """Invokes the function that serves a route, as API Gateway does."""

    def __init__(self, scene: Scene, in_lambda: Functions) -> None:
        super().__init__(scene, a_workspace(scene.world, scene.ports))
        self._in_lambda = in_lambda

    def invoke(self, event: dict[str, Any]) -> Response:
        function = functions.serving(event["httpMethod"], event["resource"])
        with self._in_lambda.running(function):
            return Api.invoke(self, event)


@dataclass(frozen=True, slots=True)
class Deployed:
    """The foundation in its own local AWS, and every function with its credentials."""

    aws: Endpoint
    foundation: Foundation
    in_lambda: Functions
    administrator: Any
    """The administrator's DynamoDB client, with more permissions than any function."""
    templates: list[str]
    """The local URLs of the published templates."""
    begun: list[tuple[str, str]]
    """The tasks that Slack's function has begun, each with its response URL."""

    def ask(self, route: str, caller: str, **changes: Any) -> Response:
        """Send a valid request, with these changes, in the route's own scene."""
        scene = a_scene()
        prepare(scene.world, route)
        self.fill_tables(scene.world)
        return self.ask_again(route, caller, **changes)

    def ask_again(self, route: str, caller: str, **changes: Any) -> Response:
        """Send a request, with the tables as they are now."""
        return ask(InItsFunction(a_scene(), self.in_lambda), route, caller, **changes)

    def in_slack(self) -> Api:
        """Return the API for Slack requests, with the tables as they are now."""
        return InItsFunction(a_scene(), self.in_lambda)

    def invoke(self, function: str, handler: Callable[..., Any], event: Any, context: Any) -> Any:
        """Invoke a function without a route."""
        with self.in_lambda.running(function):
            return handler(event, context)

    def fill_tables(
        self, contents: World, vends: Iterable[tuple[Entry, Entry | None]] = ()
    ) -> None:
        """Replace the tables' contents with this world, and these vends with their outcomes."""
        state, trail = self.foundation.state_table, self.foundation.trail_table
        self._empty(state)
        self._empty(trail)
        rows = [replace(item, version=1) for item in contents.items.values()]
        self._fill(state, [row_of(row).get_save_kwargs_from_instance()["Item"] for row in rows])
        entries = []
        for intent, outcome in vends:
            entries.append(tagged(items.entry_attributes(intent)))
            if outcome is not None:
                entries.append(tagged(items.entry_attributes(outcome, intent=intent)))
        self._fill(trail, entries)

    def put_vend(self, intent: Entry) -> None:
        """Add a vend in progress."""
        self._fill(self.foundation.trail_table, [tagged(items.entry_attributes(intent))])

    def access_link(self) -> str:
        """Return the ID of the only access link."""
        value = self.administrator.scan(TableName=self.foundation.state_table)["Items"]
        (link,) = [item for item in value if item["sk"]["S"] == "ACCESSLINK"]
        stored: str = link["body"]["M"]["hash"]["S"]
        return stored[:12]

    def store_slacks_secrets(self, *, webhook: str = "") -> None:
        workspace.keep(self.aws, workspace.Workspace(TEAM, SIGNING, webhook))

    def _empty(self, table: str) -> None:
        value = self.administrator.scan(TableName=table)["Items"]
        deletions = [
            {"DeleteRequest": {"Key": {"pk": item["pk"], "sk": item["sk"]}}} for item in value
        ]
        self._write(table, deletions)

    def _fill(self, table: str, items: list[Any]) -> None:
        self._write(table, [{"PutRequest": {"Item": item}} for item in items])

    def _write(self, table: str, requests: list[Any]) -> None:
        for start in range(0, len(requests), 25):  # the limit of a batch
            batch = {table: requests[start : start + 25]}
            self.administrator.batch_write_item(RequestItems=batch)


@contextmanager
def deployed() -> Iterator[Deployed]:
    """Deploy everything at the scene's noon, with its identity provider, and with a bucket that
    accepts plain HTTP, because the local AWS has no TLS."""
    with (
        local_aws(port=0) as aws,
        nullcontext(sample_accounts.create_foundation(aws)) as foundation,
        as_function(aws, foundation) as in_lambda,
        environment_with(
            {"DAYPASS_TEMPLATE_BUCKET": BUCKET, "DAYPASS_SLACK_SIGNING": workspace.SIGNING}
        ),
    ):
        aws.as_root(sample_accounts.FIRM, "s3").delete_bucket_policy(Bucket=BUCKET)
        for client, external_id in CLIENTS:
            sample_accounts.create_role(aws, client, client.roles[0], external_id=external_id)
        published: list[str] = []
        for function in functions.roles():
            ports = in_lambda.ports(function)
            assert ports.templates is not None
            in_lambda.ports_of[function] = replace(
                ports,
                now=lambda: NOON,
                identity_providers=FakeProviders(),
                templates=RecordedTemplates(ports.templates, published),
            )
        administrator = aws.as_root(sample_accounts.FIRM, "dynamodb")
        begun = in_slack(aws, in_lambda)
        yield Deployed(aws, foundation, in_lambda, administrator, published, begun)


def in_slack(aws: Endpoint, in_lambda: Functions) -> list[tuple[str, str]]:
    """Set up the scenes' Slack workspace, and return the list of tasks that the functions begin."""
    workspace.keep(aws, workspace.Workspace(TEAM, SIGNING, webhook=""))
    queue = FakeWorkQueue(World())
    for function in ("Slack", "SlackWork"):
        with in_lambda.running(function):
            ports = bootstrap.slack_ports()
        assert ports is not None
        in_lambda.slack_ports_of[function] = replace(ports, queue=queue, responder=FakeResponder())
    return queue.enqueued
