"""A local AWS for one round, and an engagement there on which many may vend."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chalicelib.domain.people.members import Kind, Leads
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Item
from chalicelib.usecases.ports import Ports
from local import sample_accounts
from local.endpoint import Endpoint
from local.processes import in_the_functions_place, local_aws
from local.sample_accounts import ClientRole
from tests.adapters.scene import all_in_one, entry
from tests.builders import (
    a_grant,
    a_member,
    a_role,
    a_verification,
    an_engagement,
)
from tests.soak.here import Here, now
from tests.soak.killing.nursery import Nursery, nursery
from tests.soak.ledger import Ledger


@dataclass(frozen=True, slots=True)
class World:
    endpoint: Endpoint
    ports: Ports
    nursery: Nursery
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def so_far(self, members: Sequence[str]) -> tuple[Ledger, list[str]]:
        """What was told until now, and what is wrong with it."""
        response = Ledger.read(self.log)
        return response, response.wrongs(self.entries(members))

    def place(self, engagement: str, *, seconds: float) -> dict[str, Any]:
        """What an actor has to know."""
        return {
            "engagement": engagement,
            "folder": str(self.folder),
            "until": now() + seconds,
        }

    def here(self, engagement: str) -> Here:
        return Here(self.ports, -1, engagement, self.folder)

    def client_creates(self, name: str) -> str:
        """A role that demands the external ID of `opens`. Gives its ARN."""
        role = ClientRole(name)
        return sample_accounts.create_role(
            self.endpoint, sample_accounts.ACME, role, external_id=external_id(self.folder)
        )

    def has_leads(self, *names: str) -> None:
        """Each with a token. There is one more, so that nobody is the last one."""
        people: list[Item] = [a_member(name, kind=Kind.LEAD) for name in names]
        self._change(*people, Leads(members=frozenset({*names, "lena"}), version=1))
        for name in names:
            self.here("").gives_token(name)

    def opens(self, engagement: str, arns: dict[str, str], members: Sequence[str]) -> None:
        """The members may vend in these roles, which are verified."""
        moment = self.ports.now()
        dates = {"starts_at": moment - timedelta(1), "ends_at": moment + timedelta(1)}
        sent = external_id(self.folder)
        self._change(
            an_engagement(engagement, external_id=sent, **dates),
            *(
                a_role(
                    name,
                    engagement=engagement,
                    arn=arn,
                    verification=a_verification(role_arn=arn, external_id=sent),
                )
                for name, arn in arns.items()
            ),
        )
        here = self.here(engagement)
        for member in members:
            granted = a_grant(member, engagement=engagement, roles=frozenset(arns), **dates)
            self._change(a_member(member), granted)
            here.gives_token(member)

    def entries(self, members: Sequence[str]) -> list[Entry]:
        """All that is on record of what these members vended."""
        since = self.ports.now() - timedelta(hours=2)
        return [vend for member in members for vend in self.ports.trail.vends(member, since)]

    def _change(self, *items: Item) -> None:
        self.ports.state.change(items, entry(secrets.token_hex(8)))


def external_id(folder: Path) -> str:
    """As unlike any other's as the folder's name is."""
    return f"daypass-{folder.name.replace('_', '-')}"


@contextmanager
def a_world(*, transaction: int = 12, defect: str = "") -> Iterator[World]:
    """Its transactions conflict as the real DynamoDB's do, and take so many milliseconds. All of it
    is gone at the end."""
    with (
        TemporaryDirectory(prefix="soak-") as folder,
        local_aws(port=0) as endpoint,
        in_the_functions_place(endpoint, sample_accounts.create_foundation(endpoint)) as in_lambda,
        endpoint.transactions_taking(milliseconds=transaction),
        nursery(Path(folder) / "log", defect=defect) as processes,
    ):
        yield World(endpoint, all_in_one(in_lambda), processes, Path(folder))
