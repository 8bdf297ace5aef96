"""The whole API on the local AWS: each route runs in its function, with that function's role."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.failures import add_type_tags
from chalicelib.adapters.dynamodb.rows import build_row
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.usecases.ports import Templates
from local import functions, sample_accounts
from local.endpoint import Endpoint
from local.functions import Functions, environment_with
from local.processes import as_function, local_aws
from local.sample_accounts import Foundation
from local.sample_cut_offs import create_cut_off
from local.slack import workspace
from tests.builders import EXTERNAL_ID, ROLE_ARN, Scene, a_scene
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.matrix import ask, prepare
from tests.fakes import NOON, World
from tests.fakes.providers import PROVIDER, FakeProviders
from tests.fakes.slack import SIGNING, TEAM, FakeResponder, FakeWorkQueue, a_workspace
from tests.fakes.templates import FakeTemplates
from tests.local.scene import keep_expired_items

BUCKET = f"daypass-templates-{sample_accounts.FIRM}-us-east-1"
# The clients whose roles the scene uses, with the external IDs of its engagements.
GLOBEX_ID = EXTERNAL_ID.replace("abc", "xyz")
CUT_OFF_ID = EXTERNAL_ID.replace("abc", "cut")
CLIENTS = ((sample_accounts.ACME, EXTERNAL_ID), (sample_accounts.GLOBEX, GLOBEX_ID))


class Clock:
    """A clock that passes, for a job that waits. It shows noon when it is first asked, because the
    workers of a long test run import this module long before."""

    _started_at: float | None = None

    def __call__(self) -> datetime:
        if self._started_at is None:
            self._started_at = time.monotonic()
        return NOON + timedelta(seconds=time.monotonic() - self._started_at)


@dataclass(frozen=True, slots=True)
class BucketTemplates:
    """Templates stored in the local bucket, but published under an AWS address.

    The console accepts no local address. `urls` holds the addresses that can be read.
    """

    bucket: Templates
    urls: list[str]
    region: str = "us-east-1"

    def publish(self, name: str, text: str) -> str:
        self.urls.append(self.bucket.publish(name, text))
        return FakeTemplates().publish(name, text)


class RoutedApi(Api):
    """An API that runs each request in the function of its route, as API Gateway would."""

    def __init__(self, scene: Scene, in_lambda: Functions) -> None:
        super().__init__(scene, a_workspace(scene.world, scene.ports))
        self._in_lambda = in_lambda

    def invoke(self, event: dict[str, Any]) -> Response:
        function = functions.function_for_route(event["httpMethod"], event["resource"])
        with self._in_lambda.running(function):
            return Api.invoke(self, event)


@dataclass(frozen=True, slots=True)
class DeployedApi:
    """The foundation on a separate local AWS, and every function with its own credentials."""

    aws: Endpoint
    foundation: Foundation
    in_lambda: Functions
    administrator: Any
    """A DynamoDB client of the account's root user, to prepare the tables."""
    template_urls: list[str]
    enqueued: list[tuple[str, str]]
    """Tasks that Slack's function enqueued, each with its response URL."""

    def call(self, route: str, caller: str, **changes: Any) -> Response:
        """Store the route's scene and make a valid request, or one with these changes."""
        scene = a_scene()
        prepare(scene.world, route)
        self.reset(scene.world)
        return self.call_without_reset(route, caller, **changes)

    def call_without_reset(self, route: str, caller: str, **changes: Any) -> Response:
        """Make the request with the tables as they are."""
        return ask(RoutedApi(a_scene(), self.in_lambda), route, caller, **changes)

    def slack(self) -> Api:
        """Return an API for Slack requests, with the tables as they are."""
        return RoutedApi(a_scene(), self.in_lambda)

    def invoke(self, function: str, handler: Callable[..., Any], event: Any, context: Any) -> Any:
        """Invoke a function that serves no route."""
        with self.in_lambda.running(function):
            return handler(event, context)

    def reset(self, world: World, vends: Iterable[tuple[Entry, Entry | None]] = ()) -> None:
        """Replace the tables' content with this world and these vends: each an intent and its
        outcome."""
        state, trail = self.foundation.state_table, self.foundation.trail_table
        self._empty(state)
        self._empty(trail)
        rows = [replace(item, version=1) for item in world.items.values()]
        self._fill(state, [build_row(row).get_save_kwargs_from_instance()["Item"] for row in rows])
        entries = []
        for intent, outcome in [*_pair_vends(world.earlier_entries), *vends]:
            entries.append(add_type_tags(keys.build_entry_attributes(intent)))
            if outcome is not None:
                entries.append(add_type_tags(keys.build_entry_attributes(outcome, intent=intent)))
        self._fill(trail, entries)

    def put_vend(self, intent: Entry) -> None:
        """Store the intent of a vend under way."""
        self._fill(
            self.foundation.trail_table, [add_type_tags(keys.build_entry_attributes(intent))]
        )

    def access_link(self) -> str:
        """Return the ID of the only access link."""
        stored_items = self.administrator.scan(TableName=self.foundation.state_table)["Items"]
        (link,) = [item for item in stored_items if item["sk"]["S"] == "ACCESSLINK"]
        link_hash: str = link["body"]["M"]["hash"]["S"]
        return link_hash[:12]

    def store_slack_secrets(self, *, webhook: str = "") -> None:
        workspace.keep(self.aws, workspace.Workspace(TEAM, SIGNING, webhook))

    def _empty(self, table: str) -> None:
        stored_items = self.administrator.scan(TableName=table)["Items"]
        keys = [{"pk": item["pk"], "sk": item["sk"]} for item in stored_items]
        self._write(table, [{"DeleteRequest": {"Key": key}} for key in keys])

    def _fill(self, table: str, new_items: list[Any]) -> None:
        self._write(table, [{"PutRequest": {"Item": item}} for item in new_items])

    def _write(self, table: str, requests: list[Any]) -> None:
        for start in range(0, len(requests), 25):  # the most that a batch accepts
            batch = {table: requests[start : start + 25]}
            self.administrator.batch_write_item(RequestItems=batch)


def _pair_vends(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry | None]]:
    """Yield each intent of these entries with its outcome."""
    outcomes = {entry.vend: entry for entry in entries if entry.outcome is not Outcome.INTENDED}
    for entry in entries:
        if entry.outcome is Outcome.INTENDED:
            yield entry, outcomes.get(entry.vend)


@contextmanager
def deployed_api() -> Iterator[DeployedApi]:
    """Deploy the API at the scene's noon, with its identity provider.

    The templates' bucket accepts plain HTTP, which the local AWS speaks.
    """
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
        create_cut_off(aws, ROLE_ARN, "brake", external_id=CUT_OFF_ID)
        template_urls: list[str] = []
        for function in functions.roles():
            ports = in_lambda.ports(function)
            assert ports.templates is not None
            in_lambda.ports_of[function] = replace(
                ports,
                now=Clock() if function == "CutOff" else lambda: NOON,
                identity_providers=FakeProviders(web_issuers=(PROVIDER.issuer,)),
                templates=BucketTemplates(ports.templates, template_urls),
            )
        administrator = aws.as_root(sample_accounts.FIRM, "dynamodb")
        keep_expired_items(aws, foundation.state_table)
        enqueued = connect_slack(aws, in_lambda)
        yield DeployedApi(aws, foundation, in_lambda, administrator, template_urls, enqueued)


def connect_slack(aws: Endpoint, in_lambda: Functions) -> list[tuple[str, str]]:
    """Store the secrets of the scenes' workspace, and return the list of enqueued tasks.

    The tests run these tasks.
    """
    workspace.keep(aws, workspace.Workspace(TEAM, SIGNING, webhook=""))
    queue = FakeWorkQueue(World())
    for function in ("Slack", "SlackWork"):
        with in_lambda.running(function):
            ports = bootstrap.slack_ports()
        assert ports is not None
        in_lambda.slack_ports_of[function] = replace(ports, queue=queue, responder=FakeResponder())
    return queue.enqueued
