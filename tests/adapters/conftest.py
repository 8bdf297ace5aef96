"""Two worlds that have to behave alike: the fakes, and the adapters on the local AWS."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from chalicelib import bootstrap
from chalicelib.usecases.ports import Ports
from local import world
from local.endpoint import Endpoint
from local.processes import in_the_functions_place, local_aws
from local.world import ClientRole, Foundation, Trust
from tests.fakes import FakeRole, World


@dataclass(frozen=True, slots=True)
class Aws:
    """The local AWS with the foundation stack, and the adapters as the broker role has them."""

    endpoint: Endpoint
    foundation: Foundation
    ports: Ports


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    with local_aws(port=0) as endpoint:
        foundation = world.create_foundation(endpoint)
        with in_the_functions_place(endpoint, foundation):
            yield Aws(endpoint, foundation, bootstrap.ports())


@dataclass(frozen=True, slots=True)
class Kit:
    """The ports under test, and a way to set a client's role up behind them."""

    ports: Ports
    set_role: Callable[..., str]
    """Makes the role of this name, as `FakeRole` describes it, and gives its ARN."""


@pytest.fixture(params=["fake", "real"])
def kit(request: pytest.FixtureRequest) -> Kit:
    if request.param == "fake":
        return _fake_kit()
    return _real_kit(request.getfixturevalue("aws"))


def _fake_kit() -> Kit:
    fakes = World()
    ports = fakes.ports()

    def set_role(name: str, role: FakeRole) -> str:
        arn = f"arn:aws:iam::987654321098:role/{name}"
        fakes.roles[arn] = role
        return arn

    return Kit(ports, set_role)


def _real_kit(aws: Aws) -> Kit:
    def set_role(name: str, role: FakeRole) -> str:
        trust = Trust.AS_ADVISED if role.allows_tags else Trust.ASSUME_ROLE_ONLY
        if not role.demands_external_id:
            trust = Trust.WITHOUT_EXTERNAL_ID
        made = ClientRole(name, trust=trust)
        return world.create_role(aws.endpoint, world.ACME, made, external_id=role.external_id)

    return Kit(aws.ports, set_role)


@pytest.fixture
def name() -> str:
    """A name that no other test uses: the real tables are shared by all of them."""
    return "n" + secrets.token_hex(6)
