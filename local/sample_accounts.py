"""The sample AWS accounts in the local AWS: the firm's own account and its clients'.

The firm's account has the same foundation stack as a deployment. A client's role needs the
engagement's external ID, so it is created after the engagement.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from local.endpoint import Endpoint
from local.outbox import SENDER

FIRM = "123456789012"
FIRM_NAME = "Example Consulting"
FIRM_CONTACT = "aws-access@example.com"
OTHER_ACCOUNTS = ("222233334444", "333344445555")
"""The firm's other AWS accounts: a sandbox and an archive."""
ORGANIZATION = "o-example123"
BROKER_ROLE = f"arn:aws:iam::{FIRM}:role/daypass-broker"

_FOUNDATION = Path(__file__).parent.parent / ".chalice" / "foundation.yaml"
READ_BASICS = (
    "ec2:Describe*",
    "rds:Describe*",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
    "s3:GetObject",
)


class Trust(StrEnum):
    """The kinds of the sample clients' trust policies."""

    AS_ADVISED = "The policy requires the external ID, and accepts source identity and tags."
    ASSUME_ROLE_ONLY = (
        "The policy requires the external ID, and accepts neither source identity nor tags."
    )
    WITHOUT_EXTERNAL_ID = "The policy lets the broker assume the role without an external ID."


@dataclass(frozen=True, slots=True)
class ClientRole:
    """A role in a client's account."""

    name: str
    trust: Trust = Trust.AS_ADVISED
    actions: tuple[str, ...] = READ_BASICS
    max_session_duration: int = 3600


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket and its objects, as pairs of key and text."""

    name: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Client:
    """One client's AWS account."""

    name: str
    account: str
    roles: tuple[ClientRole, ...]
    buckets: tuple[Bucket, ...]

    def role_arn(self, role: ClientRole) -> str:
        return f"arn:aws:iam::{self.account}:role/{role.name}"


@dataclass(frozen=True, slots=True)
class Foundation:
    """The outputs of the foundation stack."""

    state_table: str
    trail_table: str
    broker_role_arn: str


ACME = Client(
    name="Acme",
    account="987654321098",
    roles=(
        ClientRole("ContractorRole"),
        ClientRole("DeployRole", actions=(*READ_BASICS, "s3:PutObject")),
    ),
    buckets=(
        Bucket(
            "acme-invoices-2026",
            (
                (
                    "2026/10/INV-20261001.csv",
                    "number,customer,net,currency\n20261001,Hooli,4200.00,EUR\n",
                ),
                (
                    "2026/10/INV-20261002.csv",
                    "number,customer,net,currency\n20261002,Stark,950.00,EUR\n",
                ),
            ),
        ),
        Bucket(
            "acme-website-assets",
            (
                (
                    "index.html",
                    "<!doctype html>\n<title>Acme</title>\n<h1>Rockets, anvils and more</h1>\n",
                ),
                ("robots.txt", "User-agent: *\nDisallow: /checkout\n"),
            ),
        ),
    ),
)
GLOBEX = Client(
    name="Globex",
    account="876543210987",
    roles=(ClientRole("ConsultantRole"),),
    buckets=(
        Bucket(
            "globex-data-lake-raw",
            (
                ("turbines/2026-11-01.json", '{"turbine": "T-07", "kwh": 41250}\n'),
                ("turbines/2026-11-02.json", '{"turbine": "T-07", "kwh": 39981}\n'),
            ),
        ),
        Bucket(
            "globex-terraform-plans",
            (("network/plan.txt", "Plan: 2 to add, 1 to change, 0 to destroy.\n"),),
        ),
    ),
)
INITECH = Client(
    name="Initech",
    account="765432109876",
    roles=(ClientRole("DeveloperRole"),),
    buckets=(
        Bucket(
            "initech-tps-reports",
            (
                ("2026/W44/sales.txt", "Sales report of the week 44\n"),
                ("2026/W45/sales.txt", "Sales report of the week 45\n"),
            ),
        ),
        Bucket(
            "initech-build-artifacts",
            (("y2k/1.4.2/CHANGELOG.md", "## 1.4.2\n\n- Dates have four digits.\n"),),
        ),
    ),
)
UMBRELLA = Client(
    name="Umbrella",
    account="654321098765",
    roles=(ClientRole("PartnerRole", trust=Trust.WITHOUT_EXTERNAL_ID),),
    buckets=(
        Bucket(
            "umbrella-lab-results",
            (("hive/2026-11.csv", "sample,result\nT-001,negative\n"),),
        ),
    ),
)
HOOLI = Client(
    name="Hooli",
    account="543210987654",
    roles=(ClientRole("AuditRole", trust=Trust.ASSUME_ROLE_ONLY),),
    buckets=(
        Bucket(
            "hooli-access-logs",
            (("2026/11/01.log", '203.0.113.7 "GET /nucleus HTTP/1.1" 200\n'),),
        ),
    ),
)
CLIENTS = (ACME, GLOBEX, INITECH, UMBRELLA, HOOLI)


@cache
def read_foundation_template() -> dict[str, Any]:
    """Return the foundation stack's template without its parameters' descriptions. Send it as JSON,
    as `make deploy` does: all of it exceeds the 51,200 bytes that AWS CloudFormation accepts."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # as .chalice/package.py
    text = _FOUNDATION.read_text(encoding="utf-8")
    template: dict[str, Any] = yaml.load(text, loader)  # noqa: S506
    for parameter in template["Parameters"].values():
        del parameter["Description"]
    return template


def create_foundation(aws: Endpoint) -> Foundation:
    """Create the foundation stack in the firm's account, as a deployment does."""
    cloudformation = aws.as_root(FIRM, "cloudformation")
    cloudformation.create_stack(
        StackName="daypass-foundation",
        TemplateBody=json.dumps(read_foundation_template(), separators=(",", ":")),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[
            {"ParameterKey": "OtherAccounts", "ParameterValue": ",".join(OTHER_ACCOUNTS)},
            {"ParameterKey": "OrganizationId", "ParameterValue": ORGANIZATION},
            {"ParameterKey": "ClientMailFrom", "ParameterValue": SENDER},
        ],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="daypass-foundation", WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
    )
    return read_foundation(aws)


def read_foundation(aws: Endpoint) -> Foundation:
    """Return the outputs of the foundation stack, which exists."""
    cloudformation = aws.as_root(FIRM, "cloudformation")
    stack = cloudformation.describe_stacks(StackName="daypass-foundation")["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return Foundation(
        state_table=outputs["StateTableName"],
        trail_table=outputs["TrailTableName"],
        broker_role_arn=outputs["BrokerRoleArn"],
    )


def create_buckets_and_roles(aws: Endpoint, client: Client, *, external_id: str) -> None:
    """Create the client's buckets with their objects, and all its roles for Daypass."""
    create_buckets(aws, client)
    for role in client.roles:
        create_role(aws, client, role, external_id=external_id)


def create_buckets(aws: Endpoint, client: Client) -> None:
    """Create the client's buckets with their objects."""
    s3 = aws.as_root(client.account, "s3")
    for bucket in client.buckets:
        s3.create_bucket(Bucket=bucket.name)
        for key, text in bucket.files:
            s3.put_object(Bucket=bucket.name, Key=key, Body=text.encode())


def create_role(aws: Endpoint, client: Client, role: ClientRole, *, external_id: str) -> str:
    """Create the role with its trust policy and permissions, and return its ARN."""
    iam = aws.as_root(client.account, "iam")
    iam.create_role(
        RoleName=role.name,
        AssumeRolePolicyDocument=json.dumps(trust_policy(role.trust, external_id=external_id)),
        MaxSessionDuration=role.max_session_duration,
    )
    iam.put_role_policy(
        RoleName=role.name,
        PolicyName="permissions",
        PolicyDocument=json.dumps(permissions_policy(role)),
    )
    return client.role_arn(role)


def permissions_policy(role: ClientRole) -> dict[str, Any]:
    """Return the policy that allows the role's actions on all resources."""
    statement = {"Effect": "Allow", "Action": list(role.actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def replace_trust_policy(
    aws: Endpoint, client: Client, role: ClientRole, *, policy: dict[str, Any]
) -> None:
    """Replace the role's trust policy, as a client does to fix it, weaken it or remove access."""
    iam = aws.as_root(client.account, "iam")
    iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=json.dumps(policy))


def trust_policy(trust: Trust, *, external_id: str) -> dict[str, Any]:
    """Return a trust policy of this kind.

    The account is the principal and the role is a condition: AWS replaces a role in `Principal`
    by the role's unique ID, so a role that is deleted and created again would not match.
    """
    principal = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{FIRM}:root"},
    }
    from_broker = {"ArnEquals": {"aws:PrincipalArn": BROKER_ROLE}}
    with_external_id = {"StringEquals": {"sts:ExternalId": external_id}}
    requires_external_id = trust is not Trust.WITHOUT_EXTERNAL_ID
    assume_role = {
        "Sid": "BrokerMayAssumeRole",
        **principal,
        "Action": "sts:AssumeRole",
        "Condition": from_broker | (with_external_id if requires_external_id else {}),
    }
    # Separate statements: the external ID is not a condition key of these two actions.
    set_source_identity = {
        "Sid": "BrokerMaySetSourceIdentity",
        **principal,
        "Action": "sts:SetSourceIdentity",
        "Condition": from_broker,
    }
    tag = {
        "Sid": "BrokerMayTag",
        **principal,
        "Action": "sts:TagSession",
        "Condition": from_broker
        | {"ForAllValues:StringEquals": {"aws:TagKeys": ["DaypassMember", "DaypassEngagement"]}},
    }
    optional = [] if trust is Trust.ASSUME_ROLE_ONLY else [set_source_identity, tag]
    return {"Version": "2012-10-17", "Statement": [assume_role, *optional]}
