"""A local AWS for one part of the soak, and an engagement with many members."""

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
from local.processes import as_function, local_aws
from local.sample_accounts import ClientRole
from tests.adapters.scene import all_in_one, entry
from tests.builders import (
    a_grant,
    a_member,
    a_role,
    a_verification,
    an_engagement,
)
from tests.soak.context import ActorContext, now
from tests.soak.kills.fork_server import ForkServer, fork_server
from tests.soak.ledger import Ledger


@dataclass(frozen=True, slots=True)
class SoakWorld:
    endpoint: Endpoint
    ports: Ports
    fork_server: ForkServer
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def read_ledger(self, members: Sequence[str]) -> tuple[Ledger, list[str]]:
        """Return the ledger so far, and its violations."""
        ledger = Ledger.read(self.log)
        return ledger, ledger.violations(self.entries(members))

    def context_fields(self, engagement: str, *, seconds: float) -> dict[str, Any]:
        """Return the fields from which an actor builds its context."""
        return {
            "engagement": engagement,
            "folder": str(self.folder),
            "deadline": now() + seconds,
        }

    def context(self, engagement: str) -> ActorContext:
        return ActorContext(self.ports, -1, engagement, self.folder)

    def create_client_role(self, name: str) -> str:
        """Create a role that requires the external ID of `open_engagement`, and return its ARN."""
        role = ClientRole(name)
        return sample_accounts.create_role(
            self.endpoint, sample_accounts.ACME, role, external_id=external_id(self.folder)
        )

    def add_leads(self, *names: str) -> None:
        """Store the leads, each with a token, and one more: so none of them is the last lead."""
        people: list[Item] = [a_member(name, kind=Kind.LEAD) for name in names]
        self.store(*people, Leads(members=frozenset({*names, "lena"}), version=1))
        for name in names:
            self.context("").issue_token(name)

    def open_engagement(
        self, engagement: str, arns: dict[str, str], members: Sequence[str], **changes: Any
    ) -> None:
        """Store an engagement with verified roles, which the members may use."""
        moment = self.ports.now()
        dates = {"starts_at": moment - timedelta(1), "ends_at": moment + timedelta(1)}
        own_external_id = external_id(self.folder)
        self.store(
            an_engagement(engagement, external_id=own_external_id, **dates, **changes),
            *(
                a_role(
                    name,
                    engagement=engagement,
                    arn=arn,
                    verification=a_verification(role_arn=arn, external_id=own_external_id),
                )
                for name, arn in arns.items()
            ),
        )
        context = self.context(engagement)
        for member in members:
            granted = a_grant(member, engagement=engagement, roles=frozenset(arns), **dates)
            self.store(a_member(member), granted)
            context.issue_token(member)

    def entries(self, members: Sequence[str]) -> list[Entry]:
        """Return all trail entries of these members' vends."""
        since = self.ports.now() - timedelta(hours=2)
        return [vend for member in members for vend in self.ports.trail.vends(member, since)]

    def store(self, *items: Item) -> None:
        self.ports.state.change(items, entry(secrets.token_hex(8)))


def external_id(folder: Path) -> str:
    """Return an external ID as unique as the folder's name."""
    return f"daypass-{folder.name.replace('_', '-')}"


@contextmanager
def soak_world(*, transaction_ms: int = 12, defect: str = "") -> Iterator[SoakWorld]:
    """Yield a world whose transactions conflict as DynamoDB's do, and take this long."""
    with (
        TemporaryDirectory(prefix="soak-") as folder,
        local_aws(port=0) as endpoint,
        as_function(endpoint, sample_accounts.create_foundation(endpoint)) as in_lambda,
        endpoint.transactions_taking(milliseconds=transaction_ms),
        fork_server(Path(folder) / "log", defect=defect) as processes,
    ):
        yield SoakWorld(endpoint, all_in_one(in_lambda), processes, Path(folder))
