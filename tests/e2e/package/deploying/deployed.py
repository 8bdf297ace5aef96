"""A deployment of Daypass, seen over HTTP and through AWS's APIs."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from local import sample_accounts
from local.endpoint import Endpoint
from local.rehearsal.deployment import api_url, resources
from local.sample_accounts import ACME
from local.sample_data import Api
from tests.e2e.package.deploying.operator import Operator

ADDRESS = re.compile(r"^  https://(\w+)\.execute-api\.us-east-1\.amazonaws\.com/api$", re.M)
CODE = re.compile(r"^  (daypass_enrol_\w+)$", re.M)


class Deployed:
    """A deployment made by `make deploy`, and its first lead."""

    def __init__(self, operator: Operator, output: str) -> None:
        self.operator = operator
        self.output = output
        self.first_url = self.url()
        """The API's URL in this output. Deleting the app and deploying it again changes the URL."""

    @property
    def aws(self) -> Endpoint:
        return self.operator.aws

    def client(self, service: str) -> Any:
        return self.aws.as_root(self.operator.account, service)

    def stack(self, name: str = "daypass") -> dict[str, Any]:
        response: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName=name)
        (stack,) = response["Stacks"]
        return dict(stack)

    def parameters(self) -> dict[str, str]:
        return {
            parameter["ParameterKey"]: parameter["ParameterValue"]
            for parameter in self.stack()["Parameters"]
        }

    def url(self) -> str:
        """Return the API's URL on the local AWS. The stack's own output is under amazonaws.com."""
        return api_url(self.aws, self.stack())

    def api(self, token: str = "") -> Api:
        return Api(self.url(), token)

    def resources(self, kind: str) -> dict[str, str]:
        """Map the logical to the physical IDs of the app's resources of this type."""
        return resources(self.aws, self.operator.account, kind)

    def permanent_ids(self) -> dict[str, str]:
        """Return the IDs of the tables and of the broker role: creating one again changes its
        ID."""
        dynamodb, iam = self.client("dynamodb"), self.client("iam")
        tables = ("daypass-state", "daypass-trail")
        ids = {name: dynamodb.describe_table(TableName=name)["Table"]["TableId"] for name in tables}
        return ids | {"role": iam.get_role(RoleName="daypass-broker")["Role"]["RoleId"]}

    @cached_property
    def lena(self) -> str:
        """The first lead's token, exchanged for the code that `make first-lead` printed."""
        output = self.operator.output_of("first-lead", NAME="Lena Lindqvist")
        return self.enrol(CODE.findall(output)[0])

    def enrol(self, code: str) -> str:
        token: str = self.api()("POST", "/v1/enrol", code=code, label="test")["token"]
        return token

    def add_member(self, member: str) -> str:
        """Add and enrol a member, and return their token."""
        created = self.api(self.lena)("POST", "/v1/members", id=member, name=member, kind="member")
        return self.enrol(created["enrolment"]["code"])

    def open_engagement(self, engagement: str, role: str, *members: str) -> None:
        """Open an engagement with a verified role of the client's, and grant it to the members."""
        lena = self.api(self.lena)
        ends_at = (datetime.now(UTC) + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%SZ")
        opened = lena(
            "POST",
            "/v1/engagements",
            id=engagement,
            client=ACME.name,
            account_id=ACME.account,
            ends_at=ends_at,
        )
        arn = sample_accounts.create_role(
            self.aws, ACME, sample_accounts.ClientRole(role), external_id=opened["external_id"]
        )
        lena("POST", f"/v1/engagements/{engagement}/roles", name="readonly", arn=arn)
        lena("POST", f"/v1/engagements/{engagement}/roles/readonly/verify")
        for member in members:
            lena("POST", f"/v1/engagements/{engagement}/grants", member=member, roles=["readonly"])


def session(deployed: Deployed, token: str, engagement: str) -> dict[str, Any]:
    response: dict[str, Any] = deployed.api(token)(
        "POST", f"/v1/engagements/{engagement}/sessions", role="readonly"
    )
    return response


@contextmanager
def vending(deployed: Deployed, token: str, engagement: str) -> Iterator[list[str]]:
    """Vend sessions one after the other until the block ends, and yield their vends' IDs.

    Fail if any vend failed.
    """
    vended: list[str] = []
    failures: list[Exception] = []
    ended = threading.Event()

    def vend() -> None:
        while not ended.is_set():
            try:
                vended.append(session(deployed, token, engagement)["vend"])
            except (OSError, ValueError, KeyError) as failure:
                failures.append(failure)
                return

    thread = threading.Thread(target=vend)
    thread.start()
    try:
        yield vended
    finally:
        ended.set()
        thread.join()
    assert failures == []
