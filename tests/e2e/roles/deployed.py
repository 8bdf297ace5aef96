"""The whole API on the local AWS: each route in the function that serves it, as that one's role."""

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
from local.processes import in_the_functions_place, local_aws
from local.sample_accounts import Foundation
from local.slack import workspace
from tests.builders import EXTERNAL_ID, Scene, a_scene
from tests.entrypoints.driver import Answer, Api
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
class Shelved:
    """Lays templates down in the bucket, and hands out an address as on AWS: no console takes the
    local one. What can be read is in `urls`."""

    bucket: Templates
    urls: list[str]
    region: str = "us-east-1"

    def publish(self, name: str, text: str) -> str:
        self.urls.append(self.bucket.publish(name, text))
        return FakeTemplates().publish(name, text)


class InItsFunction(Api):
    """Asked as API Gateway would: it knows which function serves a route."""

    def __init__(self, scene: Scene, in_lambda: Functions) -> None:
        super().__init__(scene, a_workspace(scene.world, scene.ports))
        self._in_lambda = in_lambda

    def invoke(self, happening: dict[str, Any]) -> Answer:
        function = functions.serving(happening["httpMethod"], happening["resource"])
        with self._in_lambda.running(function):
            return Api.invoke(self, happening)


@dataclass(frozen=True, slots=True)
class Deployed:
    """The foundation in a local AWS of its own, and every function with the credentials it has."""

    aws: Endpoint
    foundation: Foundation
    in_lambda: Functions
    administrator: Any
    """Their client for DynamoDB: what they put there, no function's role has."""
    templates: list[str]
    """The URLs of those that were laid down."""
    begun: list[tuple[str, str]]
    """The tasks that Slack's function has begun, each with where it is to be answered."""

    def ask(self, route: str, caller: str, **changes: Any) -> Answer:
        """What a valid request is answered, or one with these changes, in the route's own scene."""
        scene = a_scene()
        prepare(scene.world, route)
        self.begin_with(scene.world)
        return self.ask_as_it_is(route, caller, **changes)

    def ask_as_it_is(self, route: str, caller: str, **changes: Any) -> Answer:
        """The same, of what is in the tables by now."""
        return ask(InItsFunction(a_scene(), self.in_lambda), route, caller, **changes)

    def in_slack(self) -> Api:
        """What is in the tables by now, for who types in Slack."""
        return InItsFunction(a_scene(), self.in_lambda)

    def invoke(self, function: str, handler: Callable[..., Any], event: Any, context: Any) -> Any:
        """One of the functions that no route leads to."""
        with self.in_lambda.running(function):
            return handler(event, context)

    def begin_with(self, there: World, vends: Iterable[tuple[Entry, Entry | None]] = ()) -> None:
        """Nothing is in the tables but what this world has, and these vends: each intent, with what
        came of it."""
        state, trail = self.foundation.state_table, self.foundation.trail_table
        self._empty(state)
        self._empty(trail)
        rows = [replace(item, version=1) for item in there.items.values()]
        self._fill(state, [row_of(row).get_save_kwargs_from_instance()["Item"] for row in rows])
        entries = []
        for intent, outcome in vends:
            entries.append(tagged(items.entry_attributes(intent)))
            if outcome is not None:
                entries.append(tagged(items.entry_attributes(outcome, intent=intent)))
        self._fill(trail, entries)

    def put_vend(self, intent: Entry) -> None:
        """One that is under way from now on."""
        self._fill(self.foundation.trail_table, [tagged(items.entry_attributes(intent))])

    def access_link(self) -> str:
        """The id of the one access link that there is."""
        value = self.administrator.scan(TableName=self.foundation.state_table)["Items"]
        (link,) = [item for item in value if item["sk"]["S"] == "ACCESSLINK"]
        stored: str = link["body"]["M"]["hash"]["S"]
        return stored[:12]

    def keep_slacks_secrets(self, *, webhook: str = "") -> None:
        workspace.keep(self.aws, workspace.Workspace(TEAM, SIGNING, webhook))

    def _empty(self, table: str) -> None:
        value = self.administrator.scan(TableName=table)["Items"]
        gone = [{"DeleteRequest": {"Key": {"pk": item["pk"], "sk": item["sk"]}}} for item in value]
        self._write(table, gone)

    def _fill(self, table: str, found: list[Any]) -> None:
        self._write(table, [{"PutRequest": {"Item": item}} for item in found])

    def _write(self, table: str, requests: list[Any]) -> None:
        for start in range(0, len(requests), 25):  # the most that a batch takes
            batch = {table: requests[start : start + 25]}
            self.administrator.batch_write_item(RequestItems=batch)


@contextmanager
def deployed() -> Iterator[Deployed]:
    """At the scene's noon, with its identity provider, and with a bucket for templates that takes
    plain HTTP, which is what the local AWS speaks."""
    with (
        local_aws(port=0) as aws,
        nullcontext(sample_accounts.create_foundation(aws)) as foundation,
        in_the_functions_place(aws, foundation) as in_lambda,
        environment_with(
            {"DAYPASS_TEMPLATE_BUCKET": BUCKET, "DAYPASS_SLACK_SIGNING": workspace.SIGNING}
        ),
    ):
        aws.as_root(sample_accounts.FIRM, "s3").delete_bucket_policy(Bucket=BUCKET)
        for client, external_id in CLIENTS:
            sample_accounts.create_role(aws, client, client.roles[0], external_id=external_id)
        laid_down: list[str] = []
        for function in functions.roles():
            made = in_lambda.ports(function)
            assert made.templates is not None
            in_lambda.ports_of[function] = replace(
                made,
                now=lambda: NOON,
                identity_providers=FakeProviders(),
                templates=Shelved(made.templates, laid_down),
            )
        administrator = aws.as_root(sample_accounts.FIRM, "dynamodb")
        begun = in_slack(aws, in_lambda)
        yield Deployed(aws, foundation, in_lambda, administrator, laid_down, begun)


def in_slack(aws: Endpoint, in_lambda: Functions) -> list[tuple[str, str]]:
    """The workspace of the scenes, whose secrets the function reads. What it begins is noted, and
    done by whoever has this list."""
    workspace.keep(aws, workspace.Workspace(TEAM, SIGNING, webhook=""))
    queue = FakeWorkQueue(World())
    for function in ("Slack", "SlackWork"):
        with in_lambda.running(function):
            made = bootstrap.slack_ports()
        assert made is not None
        in_lambda.slack_ports_of[function] = replace(made, queue=queue, responder=FakeResponder())
    return queue.enqueued
