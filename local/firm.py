"""The firm's side of the sample world: its people, its engagements and who may enter what.

All of it is done as in life: the operator's function makes the first lead, she does the rest
through the API, and everybody exchanges their code for a token there.
"""

from __future__ import annotations

import json
import shlex
import sys
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local import world
from local.endpoint import Endpoint
from local.processes import Running
from local.world import Client, ClientRole

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Engagement:
    """An engagement to open, and the names under which the client's roles are known in it."""

    id: str
    client: Client
    roles: tuple[tuple[str, str], ...]
    """Name in Daypass, name in IAM."""
    has_asked: bool = True
    """Lena has chosen what she asks for: what the client gives. Or the role was there already."""


ENGAGEMENTS = (
    Engagement("acme-prod", world.ACME, (("readonly", "ContractorRole"), ("deploy", "DeployRole"))),
    Engagement("globex", world.GLOBEX, (("readonly", "ConsultantRole"),)),
    Engagement("initech", world.INITECH, (("developer", "DeveloperRole"),)),
    Engagement("umbrella", world.UMBRELLA, (("partner", "PartnerRole"),), has_asked=False),
    Engagement("hooli", world.HOOLI, (("audit", "AuditRole"),)),
)
PEOPLE = (
    ("alice", "Alice Archer", "member"),
    ("bob", "Bob Barnes", "member"),
    ("ada", "Ada Auerbach", "auditor"),
)
# Whose page is worth a look: one passes the check, one does not. The README's story ends neither.
PAGES = ("globex", "umbrella")
GRANTS = (
    ("alice", "acme-prod", ("readonly", "deploy")),
    ("alice", "hooli", ("audit",)),
    ("bob", "globex", ("readonly",)),
)


@dataclass(frozen=True, slots=True)
class Api:
    """The API, as one of its callers sees it; without a token, as everybody does."""

    url: str
    token: str = ""

    def __call__(self, method: str, path: str, **body: Any) -> Any:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {self.token}"} if self.token else {}),
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)


def open_for_business(running: Running) -> tuple[str, ...]:
    """Fill the fresh state, and give the lines that tell a newcomer what to try first."""
    tokens = settle_in(running)
    lena = Api(running.api_url, tokens["lena"])
    pages = {place: lena("POST", f"/v1/engagements/{place}/links")["url"] for place in PAGES}
    return (
        "In another terminal, in this folder, paste these lines; then follow the README's story,",
        "and docs/onboarding.md, where a client comes in.",
        "",
        *(f"  {line}" for line in to_paste(running.api_url, running.aws, tokens)),
        "",
        "Lena leads. Alice is on acme-prod and hooli, Bob on globex. Ada audits.",
        "",
        "To type as they would in Slack: make slack-demo.",
        "",
        "What a client sees, one that has set its role up as asked, and one that has not:",
        "",
        *(f"  {place:11}{url}" for place, url in pages.items()),
    )


def to_paste(api_url: str, aws: Endpoint, tokens: dict[str, str]) -> tuple[str, ...]:
    """Return the lines that the documents' stories are told after.

    They name the virtual environment if it is not the usual one, as for `make run VENV=…`.
    """
    is_usual = Path(sys.prefix) == ROOT / ".venv"
    tools = "" if is_usual else f"VENV={shlex.quote(sys.prefix)} "
    return (
        f"export DAYPASS={api_url}",
        *(f"export {person.upper()}={token}" for person, token in tokens.items()),
        f"export AWS_ENDPOINT_URL={aws.url} AWS_DEFAULT_REGION={aws.region}",
        f"{tools}. local/shell.sh",
    )


def settle_in(running: Running) -> dict[str, str]:
    """Make people, engagements, roles and grants, and give everybody's API token by their id."""
    from chalicelib.entrypoints.people.operator import first_lead

    with running.functions.running("FirstLead"):
        made = first_lead({"id": "lena", "name": "Lena Lindqvist"}, None)
    lena = enrolled(running.api_url, made["code"])
    return {"lena": lena} | settled_by(Api(running.api_url, lena), running.aws)


def settled_by(
    lena: Api, aws: Endpoint, engagements: Sequence[Engagement] = ENGAGEMENTS
) -> dict[str, str]:
    """What the first lead does for these engagements; everybody else's API token by their id."""
    tokens = {}
    for member, name, kind in PEOPLE:
        made = lena("POST", "/v1/members", id=member, name=name, kind=kind)
        tokens[member] = enrolled(lena.url, made["enrolment"]["code"])
    for engagement in engagements:
        _open(aws, lena, engagement)
    opened = {engagement.id for engagement in engagements}
    for member, place, roles in GRANTS:
        if place in opened:
            lena("POST", f"/v1/engagements/{place}/grants", member=member, roles=list(roles))
    return tokens


def enrolled(api_url: str, code: str) -> str:
    """The token that somebody gets for their code, on their own machine."""
    token: str = Api(api_url)("POST", "/v1/enrol", code=code, label="sample")["token"]
    return token


def _open(aws: Endpoint, lena: Api, engagement: Engagement) -> None:
    client = engagement.client
    ends_at = (datetime.now(UTC) + timedelta(days=180)).strftime("%Y-%m-%dT%H:%M:%SZ")
    opened = lena(
        "POST",
        "/v1/engagements",
        id=engagement.id,
        client=client.name,
        account_id=client.account,
        ends_at=ends_at,
    )
    world.create_buckets_and_roles(aws, client, external_id=opened["external_id"])
    for name, role_name in engagement.roles:
        path = f"/v1/engagements/{engagement.id}/roles"
        arn = f"arn:aws:iam::{client.account}:role/{role_name}"
        lena("POST", path, name=name, arn=arn, requires_reason=name == "deploy")
        if engagement.has_asked:
            (role,) = (one for one in client.roles if one.name == role_name)
            lena("PATCH", f"{path}/{name}/setup", **_asked_for(role))
        lena("POST", f"{path}/{name}/verify")


def _asked_for(role: ClientRole) -> dict[str, str]:
    """What is asked of the client, which is what they give: the article's permissions, or more."""
    if role.actions == world.READ_BASICS:
        return {"permissions": "read-basics"}
    return {"permissions_policy": json.dumps(world.permissions_policy(role))}
