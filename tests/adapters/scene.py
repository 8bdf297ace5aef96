"""The two environments of the adapters' tests, the fakes and the local AWS, and their helpers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier
from typing import Any

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.adapters.dynamodb.tables import StateRow, TrailRow
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.trail import Action, Entry, Outcome, TrailQuery
from chalicelib.domain.values import Item
from chalicelib.usecases.ports import Ports, RequestOrigin, State, Trail
from chalicelib.usecases.vending.vend import vend
from local.endpoint import Endpoint
from local.functions import Functions, environment_with
from local.sample_accounts import FIRM, Foundation
from tests.builders import (
    NOON,
    READONLY,
    a_grant,
    a_member,
    a_role,
    a_token,
    an_engagement,
    presented_by,
)
from tests.fakes import World
from tests.local.scene import BY_LAMBDA, policy


@dataclass(frozen=True, slots=True)
class Aws:
    """The local AWS with the foundation stack, and the functions' adapters."""

    endpoint: Endpoint
    foundation: Foundation
    ports: Ports


@dataclass(frozen=True, slots=True)
class Kit:
    """The ports under test, and a function that creates a client's role behind them."""

    ports: Ports
    set_role: Callable[..., str]
    """Create the role of this name as `FakeRole` describes it, and return its ARN."""

    @property
    def state(self) -> State:
        return self.ports.state

    @property
    def trail(self) -> Trail:
        return self.ports.trail


def all_in_one(in_lambda: Functions) -> Ports:
    """Return ports for the use cases of all functions. They can read and write all records. Their
    AWS STS is that of the functions that assume clients' roles."""
    enter = in_lambda.ports("Enter")
    url = in_lambda.aws.function_credentials_url(_all_in_one_role(in_lambda.aws), "all-in-one")
    with environment_with({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url}):
        return replace(
            bootstrap.ports.__wrapped__(),
            sts=enter.sts,
            cut_offs=enter.cut_offs,
            open_event_history=enter.open_event_history,
        )


def client_of(aws: Aws) -> Any:
    """Return the adapters' client for DynamoDB."""
    return aws.ports.state._tables.client  # type: ignore[attr-defined]


def create_table_like(dynamodb: Any, name: str) -> str:
    """Create an empty table with the keys and the indexes of this one, and return its name."""
    new_name = f"{name}-{secrets.token_hex(6)}"
    table = dynamodb.describe_table(TableName=name)["Table"]
    keys = ("IndexName", "KeySchema", "Projection")
    indexes = [{key: index[key] for key in keys} for index in table["GlobalSecondaryIndexes"]]
    dynamodb.create_table(
        TableName=new_name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=table["AttributeDefinitions"],
        KeySchema=table["KeySchema"],
        GlobalSecondaryIndexes=indexes,
    )
    return new_name


@contextmanager
def other_tables() -> Iterator[None]:
    """Let another state use pynamodb's models, which know one pair of tables, in this block."""
    models = (StateRow, TrailRow)
    kept = [(model, model._connection, model.Meta.table_name) for model in models]
    try:
        yield
    finally:
        for model, connection, name in kept:
            model._connection, model.Meta.table_name = connection, name


def _all_in_one_role(aws: Endpoint) -> str:
    """Create a role with every function's permissions on the tables, for all keys."""
    name = "all-in-one"
    iam = aws.as_root(FIRM, "iam")
    with suppress(iam.exceptions.EntityAlreadyExistsException):  # another process was first
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy([BY_LAMBDA]))
    iam.put_role_policy(
        RoleName=name, PolicyName="it", PolicyDocument=policy([ANY_FUNCTIONS_PERMISSIONS])
    )
    return f"arn:aws:iam::{FIRM}:role/{name}"


ANY_FUNCTIONS_PERMISSIONS = {
    "Effect": "Allow",
    "Action": [
        "dynamodb:BatchGetItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
    ],
    "Resource": "arn:aws:dynamodb:*:*:table/daypass-*",
}


def sequential(ports: Ports) -> Ports:
    """Return the ports with concurrent calls made one after the other, so that tests count them."""
    return replace(ports, side_by_side=World().ports().side_by_side)


def entry(name: str, **changes: Any) -> Entry:
    facts = {"at": NOON, "action": Action.MEMBER_CREATE, "outcome": Outcome.DONE} | changes
    return Entry(**({"id": name, "actor": "lena"} | facts))


@contextmanager
def listening(client: Any, event: str, listener: Callable[..., Any]) -> Iterator[None]:
    """Let the listener hear of this event of the client in the block, before any other."""
    client.meta.events.register_first(event, listener)
    try:
        yield
    finally:
        client.meta.events.unregister(event, listener)


@contextmanager
def new_name() -> Iterator[str]:
    """Yield a name that nothing else uses, because all tests share the real tables."""
    yield "n" + secrets.token_hex(6)


def put(kit: Kit, name: str, *items: Item) -> None:
    kit.ports.state.change(items, entry(name))


def everything(name: str) -> dict[str, Any]:
    """Return one item of each kind, about the member and the engagement of this name."""
    return {
        "member": a_member(name),
        "token": a_token(name),
        "engagement": an_engagement(name, external_id=f"daypass-{name}"),
        "role": a_role(engagement=name),
        "grant": a_grant(name, engagement=name),
    }


def try_to_vend(aws: Aws, engagement_id: str) -> Any:
    return vend(aws.ports, RequestOrigin(presented_by(engagement_id)), engagement_id, READONLY)


def trail_of(aws: Aws, engagement_id: str) -> list[Entry]:
    """Return every entry about the engagement, oldest first."""
    now = aws.ports.now()
    query = TrailQuery(
        since=now - timedelta(1), until=now + timedelta(1), engagement=engagement_id, limit=200
    )
    return list(reversed(aws.ports.trail.page(query).items))


def outcomes(aws: Aws, engagement_id: str) -> list[Outcome]:
    return [entry.outcome for entry in trail_of(aws, engagement_id)]


def all_at_once(actions: list[Callable[[], Any]]) -> list[Any]:
    """Start all actions together, and return each one's result or error."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return action()
        except DaypassError as error:
            return error

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
