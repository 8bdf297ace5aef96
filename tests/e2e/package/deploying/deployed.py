"""Daypass as it is deployed: over HTTP, and as AWS has it."""

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
    """What `make deploy` has made in the firm's account, and its first lead."""

    def __init__(self, operator: Operator, told: str) -> None:
        self.operator = operator
        self.told = told
        self.url_then = self.url()
        """The API's when it was told: it is another one once the app is deployed anew."""

    @property
    def aws(self) -> Endpoint:
        return self.operator.aws

    def client(self, service: str) -> Any:
        return self.aws.as_root(self.operator.account, service)

    def stack(self, name: str = "daypass") -> dict[str, Any]:
        matches: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName=name)
        (stack,) = matches["Stacks"]
        return dict(stack)

    def parameters(self) -> dict[str, str]:
        return {
            parameter["ParameterKey"]: parameter["ParameterValue"]
            for parameter in self.stack()["Parameters"]
        }

    def url(self) -> str:
        """Of the API, at the local AWS: the stack's address is in a domain of AWS's."""
        return api_url(self.aws, self.stack())

    def api(self, token: str = "") -> Api:
        return Api(self.url(), token)

    def resources(self, kind: str) -> dict[str, str]:
        """Physical by logical ID, of the app's resources of this type."""
        return resources(self.aws, self.operator.account, kind)

    def lasting(self) -> dict[str, str]:
        """What would differ if the role that clients trust, or a table, were made anew."""
        dynamodb, iam = self.client("dynamodb"), self.client("iam")
        tables = ("daypass-state", "daypass-trail")
        ids = {name: dynamodb.describe_table(TableName=name)["Table"]["TableId"] for name in tables}
        return ids | {"role": iam.get_role(RoleName="daypass-broker")["Role"]["RoleId"]}

    @cached_property
    def lena(self) -> str:
        """The first lead's token: she has exchanged the code that `make first-lead` has printed."""
        output = self.operator.made("first-lead", NAME="Lena Lindqvist")
        return self.enrolled(CODE.findall(output)[0])

    def enrolled(self, code: str) -> str:
        token: str = self.api()("POST", "/v1/enrol", code=code, label="test")["token"]
        return token

    def member(self, member: str) -> str:
        """Somebody new, by their token."""
        made = self.api(self.lena)("POST", "/v1/members", id=member, name=member, kind="member")
        return self.enrolled(made["enrolment"]["code"])

    def engagement(self, place: str, role: str, *members: str) -> None:
        """Opened, with a role of the client's that is proven, and these members on it."""
        lena = self.api(self.lena)
        ends_at = (datetime.now(UTC) + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%SZ")
        opened = lena(
            "POST",
            "/v1/engagements",
            id=place,
            client=ACME.name,
            account_id=ACME.account,
            ends_at=ends_at,
        )
        made = sample_accounts.create_role(
            self.aws, ACME, sample_accounts.ClientRole(role), external_id=opened["external_id"]
        )
        lena("POST", f"/v1/engagements/{place}/roles", name="readonly", arn=made)
        lena("POST", f"/v1/engagements/{place}/roles/readonly/verify")
        for member in members:
            lena("POST", f"/v1/engagements/{place}/grants", member=member, roles=["readonly"])


def session(deployed: Deployed, token: str, place: str) -> dict[str, Any]:
    vended: dict[str, Any] = deployed.api(token)(
        "POST", f"/v1/engagements/{place}/sessions", role="readonly"
    )
    return vended


@contextmanager
def vending(deployed: Deployed, token: str, place: str) -> Iterator[list[str]]:
    """Until the block ends, one session after the other, each by its vend. None may fail."""
    vended: list[str] = []
    failed: list[Exception] = []
    over = threading.Event()

    def vend() -> None:
        while not over.is_set():
            try:
                vended.append(session(deployed, token, place)["vend"])
            except (OSError, ValueError, KeyError) as failure:
                failed.append(failure)
                return

    thread = threading.Thread(target=vend)
    thread.start()
    try:
        yield vended
    finally:
        over.set()
        thread.join()
    assert failed == []
