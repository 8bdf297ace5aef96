"""The sample firm's members, engagements and grants, and what `make run` prints about them.

They are created as in a deployment: the function FirstLead creates the first lead, and the lead
creates the rest through the API. Each member exchanges an enrolment code for a token.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local import sample_accounts
from local.endpoint import Endpoint
from local.people import build_shell_lines, log_in_people
from local.processes import RunningStack
from local.sample_accounts import Client, ClientRole
from local.sample_cut_offs import create_cut_off
from local.sample_history import HISTORY, create_history

_ANSWER_SECONDS = 600
"""The longest wait for a response. The close of an engagement checks each role, and a job may run
before it: on a busy machine, that has taken more than half a minute."""
_A_WEEK = 604_800
_ENDS = timedelta(days=180)
"""When the engagements end, from now."""


@dataclass(frozen=True, slots=True)
class Engagement:
    """A sample engagement, and the names that its roles have in Daypass."""

    id: str
    client: Client
    roles: tuple[tuple[str, str], ...]
    """Pairs of the name in Daypass and the name in IAM."""
    has_setup: bool = True
    """False for a role that existed before Daypass, without requested permissions."""
    cut_off: str = "none"
    """How Daypass can end live sessions early: `none`, `brake` or `deny-all`."""


ENGAGEMENTS = (
    Engagement(
        "acme-prod",
        sample_accounts.ACME,
        (("readonly", "ContractorRole"), ("deploy", "DeployRole")),
        cut_off="brake",
    ),
    Engagement(
        "globex", sample_accounts.GLOBEX, (("readonly", "ConsultantRole"),), cut_off="deny-all"
    ),
    Engagement("initech", sample_accounts.INITECH, (("developer", "DeveloperRole"),)),
    Engagement(
        "umbrella", sample_accounts.UMBRELLA, (("partner", "PartnerRole"),), has_setup=False
    ),
    Engagement("hooli", sample_accounts.HOOLI, (("audit", "AuditRole"),)),
)
PEOPLE = (
    ("omar", "Omar Osei", "lead"),
    ("alice", "Alice Archer", "member"),
    ("bob", "Bob Barnes", "member"),
    ("ada", "Ada Auerbach", "auditor"),
    ("nils", "Nils Norberg", "member"),
)
PAGES = ("globex", "umbrella")
"""The engagements whose client's pages `make run` prints links to. The role of the first passes its
check, the role of the second fails. The README's story revokes neither engagement."""
CONSOLES = ("lena", "alice", "ada")
"""The people who get a link to the web console from `make run`."""
GRANTS = (
    ("alice", "acme-prod", ("readonly", "deploy")),
    ("alice", "hooli", ("audit",)),
    ("bob", "globex", ("readonly",)),
)
ON_REQUEST = ("nils", "initech", "developer")
"""The grant that gives no access until a request is approved: by a lead or Alice, and by the
client."""


@dataclass(frozen=True, slots=True)
class Api:
    """A client of the API with a member's token, or with none."""

    url: str
    token: str = ""

    def __call__(self, method: str, path: str, **body: Any) -> Any:
        """Send a request to the API, and return the JSON of its answer."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {self.token}"} if self.token else {}),
        )
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as response:
            return json.load(response)


def create_with_banner(
    running: RunningStack,
    folder: Path,
    *,
    create_data: Callable[[RunningStack], dict[str, str]] | None = None,
) -> tuple[str, ...]:
    """Create the sample data, and log the people in below the folder. Return the banner's lines on
    what to try first."""
    tokens = (create_data or create_sample_data)(running)
    running.functions.run_overview()
    running.functions.run_scheduled("Digest")
    log_in_people(folder, running.api_url, tokens)
    lena = Api(running.api_url, tokens["lena"])
    lines = build_shell_lines(
        folder, running.api_url, running.aws, sign_in=running.sign_in_endpoint
    )
    consoles = {
        person: Api(running.api_url, tokens[person])("POST", "/v1/me/web-links")["url"]
        for person in CONSOLES
    }
    pages = {name: lena("POST", f"/v1/engagements/{name}/links")["url"] for name in PAGES}
    return (
        "Paste these lines into another terminal, in this folder.",
        "Then follow the story in README.md, or the steps for a new client in docs/onboarding.md.",
        "",
        *(f"  {line}" for line in lines),
        "",
        "That terminal has the command `daypass`, and is Alice's. To act as another person, put",
        "their name first: lena daypass who. Lena and Omar are leads, and Ada is an auditor.",
        "Alice has grants for acme-prod and hooli, and Bob has one for globex. Nils asks for",
        "access to initech: see daypass requests. Mails to clients appear at the end of this",
        "output. The first one, to Initech's approver, takes some seconds.",
        "",
        "To send Slack commands as one of them, run: make slack-demo",
        "",
        "The web console, as a lead, a member and an auditor. Each link works once, for a minute.",
        "For another one, type for example: lena daypass web",
        "",
        *(f"  {person:11}{url}" for person, url in consoles.items()),
        "",
        "The pages of two clients. Globex's role passed its check, Umbrella's role failed it:",
        "",
        *(f"  {name:11}{url}" for name, url in pages.items()),
    )


def create_sample_data(running: RunningStack) -> dict[str, str]:
    """Create members, engagements, roles and grants, and return API tokens by member ID."""
    from chalicelib.entrypoints.people.operator import first_lead

    with running.functions.clock.behind(HISTORY):
        with running.functions.running("FirstLead"):
            created = first_lead({"id": "lena", "name": "Lena Lindqvist"}, None)
        token = enrol(running.api_url, created["code"])
        lena = Api(running.api_url, token)
        tokens = {"lena": token} | create_as_lead(lena, running.aws)
        _name_approvers(lena)  # what is new does not approve
    verify_roles(lena)
    create_history(running.functions, tokens)
    _request_access(lena, tokens[ON_REQUEST[0]])
    return tokens


def create_as_lead(
    lena: Api, aws: Endpoint, engagements: Sequence[Engagement] = ENGAGEMENTS
) -> dict[str, str]:
    """Create the other members and these engagements. Return the members' API tokens by ID. The
    engagements' roles are not checked yet."""
    tokens = {}
    for member, name, kind in PEOPLE:
        created = lena("POST", "/v1/members", id=member, name=name, kind=kind)
        tokens[member] = enrol(lena.url, created["enrolment"]["code"])
    for engagement in engagements:
        open_engagement(aws, lena, engagement)
    opened = {engagement.id for engagement in engagements}
    for member, engagement_id, roles in GRANTS:
        if engagement_id in opened:
            path = f"/v1/engagements/{engagement_id}/grants"
            lena("POST", path, member=member, roles=list(roles))
    return tokens


def verify_roles(lena: Api, engagements: Sequence[Engagement] = ENGAGEMENTS) -> None:
    """Check the roles of these engagements."""
    for engagement in engagements:
        for name, _ in engagement.roles:
            lena("POST", f"/v1/engagements/{engagement.id}/roles/{name}/verify")


def _name_approvers(lena: Api) -> None:
    """Name who approves requests: Bob for hooli, and for the role on request also the client."""
    lena("PATCH", "/v1/engagements/hooli/approval-policy", members=["bob"], people=1)
    path = f"/v1/engagements/{ON_REQUEST[1]}"
    lena("POST", f"{path}/approvers", id="ines", name="Ines Ito", email="ines@initech.example")
    policy = {"leads": True, "members": ["alice"], "people": 1, "client": True}
    lena("PATCH", f"{path}/approval-policy", **policy, answer_within=_A_WEEK)


def _request_access(lena: Api, token: str) -> None:
    """Grant the role on request, and request access as the member."""
    member, engagement, role = ON_REQUEST
    path = f"/v1/engagements/{engagement}"
    lena("POST", f"{path}/grants", member=member, roles=[role], on_request=[role])
    reason = "the nightly build fails"
    Api(lena.url, token)("POST", f"{path}/requests", role=role, duration=7200, reason=reason)


def enrol(api_url: str, code: str) -> str:
    """Exchange an enrolment code for a token, and return the token."""
    token: str = Api(api_url)("POST", "/v1/enrol", code=code, label="sample")["token"]
    return token


def open_engagement(
    aws: Endpoint, lena: Api, engagement: Engagement, *, ends_in: timedelta = _ENDS
) -> None:
    """Open the engagement as Lena, and create the client's roles."""
    client = engagement.client
    opened = lena(
        "POST",
        "/v1/engagements",
        id=engagement.id,
        client=client.name,
        account_id=client.account,
        ends_at=(datetime.now(UTC) + ends_in).strftime("%Y-%m-%dT%H:%M:%SZ"),
        cut_off=engagement.cut_off,
    )
    sample_accounts.create_buckets_and_roles(aws, client, external_id=opened["external_id"])
    for name, role_name in engagement.roles:
        path = f"/v1/engagements/{engagement.id}/roles"
        arn = f"arn:aws:iam::{client.account}:role/{role_name}"
        lena("POST", path, name=name, arn=arn, requires_reason=name == "deploy")
        if engagement.has_setup:
            (role,) = (role for role in client.roles if role.name == role_name)
            lena("PATCH", f"{path}/{name}/setup", **_build_setup_fields(role))
        if engagement.cut_off != "none":
            external_id = opened["cut_off_external_id"]
            create_cut_off(aws, arn, engagement.cut_off, external_id=external_id)


def _build_setup_fields(role: ClientRole) -> dict[str, str]:
    """Return the request's fields for the permissions that the sample role already has."""
    if role.actions == sample_accounts.READ_BASICS:
        return {"permissions": "read-basics"}
    return {"permissions_policy": json.dumps(sample_accounts.permissions_policy(role))}
