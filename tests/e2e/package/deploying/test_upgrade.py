"""`make deploy` upgrades the previous version, and its stored data keeps its meaning.

`version_before/` holds the previous version's templates and stored items: Alice has a grant on
acme-prod, whose roles are verified; Bob is suspended; globex is closed. Its functions run the
current code. Each release replaces these files (CONTRIBUTING.md).
"""

from __future__ import annotations

import json
import shutil
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import package
import pytest

from local import sample_accounts
from local.sample_accounts import ACME, FIRM
from local.sample_data import Api
from operating import artefacts, change_sets
from operating.artefacts import Bucket
from operating.aws_cli import Aws
from operating.stacks import APP, FOUNDATION
from tests.e2e.package.building import MACHINE, Build
from tests.e2e.package.deploying.conftest import aws_running
from tests.e2e.package.deploying.deployed import CODE, Deployed
from tests.e2e.package.deploying.operator import Operator

BEFORE = Path(__file__).parent / "version_before"
TABLES = {"daypass-state": "state.jsonl", "daypass-trail": "trail.jsonl"}


def stored(table: str) -> list[dict[str, Any]]:
    lines = (BEFORE / TABLES[table]).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def external_id() -> str:
    """Return Acme's external ID, which its roles require."""
    bodies = [
        item["body"]["M"] for item in stored("daypass-state") if item["type"]["S"] == "external-id"
    ]
    (acme,) = [body for body in bodies if body["engagement"]["S"] == "acme-prod"]
    return str(acme["external_id"]["S"])


@pytest.fixture(scope="module")
def before(build: Build, aws_cli: Path) -> Iterator[Deployed]:
    """Deploy the previous version, with its stored items."""
    with aws_running(build) as endpoint, pytest.MonkeyPatch.context() as monkeypatch:
        operator = Operator(endpoint, FIRM, aws_cli, build.folder)
        for name, value in (operator.environment | {"YES": "1"}).items():
            monkeypatch.setenv(name, value)
        aws = Aws("us-east-1", str(aws_cli / "aws"))
        template = package.read_template(BEFORE / "foundation.yaml")
        base = change_sets.deploy_template(aws, FOUNDATION, template, {}, is_permanent=True)[0]
        bucket = Bucket(base.outputs["ArtefactBucketName"], FIRM)
        with TemporaryDirectory() as folder:
            uploaded = artefacts.upload_package(
                aws, bucket, package_previous(Path(folder) / "package", build)
            )
        parameters = {"FirmName": "Example"}
        change_sets.deploy_template(
            aws, APP, uploaded, parameters, is_permanent=False, bucket=bucket.name
        )

        for table in TABLES:
            for item in stored(table):
                operator.client("dynamodb").put_item(TableName=table, Item=item)
        sample_accounts.create_buckets_and_roles(endpoint, ACME, external_id=external_id())
        yield Deployed(operator, "")


def package_previous(folder: Path, build: Build) -> Path:
    """Package the previous version's template with the current code."""
    names = ("app.yaml", "alarms.yaml", "dashboard.yaml")
    # The previous version lacks three functions, whose routes the current code declares.
    like_anonymous = package.read_template(BEFORE / "app.yaml")["Resources"]["Anonymous"]
    new_functions = {"Resources": dict.fromkeys(("Slack", "ClientApproval", "Web"), like_anonymous)}
    more_template = folder.with_suffix(".json")
    more_template.write_text(json.dumps(new_functions), encoding="utf-8")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(
            package, "TEMPLATES", [*(BEFORE / name for name in names), more_template]
        )
        package.chalice_package(package.copy_tracked_files(folder / "source"), folder, MACHINE)
    shutil.copyfile(build.folder / "deployment.zip", folder / "deployment.zip")
    return folder


@dataclass(frozen=True, slots=True)
class Upgraded:
    deployed: Deployed
    output: str
    permanent_ids_before: dict[str, str]
    lena: Api
    """Enrolled again, because her previous token must not be in a file."""


@pytest.fixture(scope="module")
def upgraded(before: Deployed) -> Upgraded:
    ids = before.permanent_ids()
    output = before.operator.deploy()
    code = CODE.findall(before.operator.output_of("recover-lead", ID="lena", LOST="1", YES="1"))[0]
    return Upgraded(before, output, ids, before.api(before.enrol(code)))


def test_the_tables_and_the_role_that_clients_trust_are_the_same(upgraded: Upgraded) -> None:
    assert upgraded.deployed.permanent_ids() == upgraded.permanent_ids_before
    assert upgraded.output.count("UPDATE_COMPLETE") == 2
    assert upgraded.deployed.parameters()["FirmName"] == "Example"


def test_the_price_of_aws_waf_is_stated_before_it_is_created(upgraded: Upgraded) -> None:
    """It is new and on by default, so the operator sees its price before confirming."""
    output = upgraded.output
    price = output.index("AWS WAF costs 6 USD a month, and 0.60 USD for each million requests.")
    assert (
        price
        < output.index("  RateRule ")
        < output.index("Make these changes to the stack daypass in us-east-1")
    )
    assert upgraded.deployed.parameters()["RateLimit"] == "1000"


def test_the_lead_sees_the_stored_engagements_and_roles(upgraded: Upgraded) -> None:
    engagements = upgraded.lena("GET", "/v1/engagements")["engagements"]
    assert {engagement["id"] for engagement in engagements} == {"acme-prod", "globex"}
    roles = upgraded.lena("GET", "/v1/engagements/acme-prod/roles")["roles"]
    assert {role["name"] for role in roles} == {"readonly", "deploy"}


def test_the_trail_continues(upgraded: Upgraded) -> None:
    entries = upgraded.lena("GET", "/v1/trail?member=alice")["entries"]
    outcomes = [entry["outcome"] for entry in entries if entry["action"] == "vend"]
    assert outcomes[-2:] == ["issued", "intended"]  # recorded by the previous version


def test_the_existing_trail_gets_a_resource_policy(upgraded: Upgraded) -> None:
    dynamodb = upgraded.deployed.client("dynamodb")
    arn = dynamodb.describe_table(TableName="daypass-trail")["Table"]["TableArn"]
    policy = json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"])
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Resource"]) == (
        "Deny",
        "*",
        arn,
    )


def test_a_member_gets_a_session_in_a_previously_verified_role(upgraded: Upgraded) -> None:
    alice = enrol_again(upgraded, "alice")
    session = alice("POST", "/v1/engagements/acme-prod/sessions", role="readonly")
    assert session["credentials"]["AccessKeyId"].startswith("ASIA")


def test_a_stored_grant_needs_no_approval(upgraded: Upgraded) -> None:
    grant = upgraded.lena("GET", "/v1/engagements/acme-prod/grants/alice")
    assert (grant["on_request"], grant["emergency"]) == ([], [])
    policy = upgraded.lena("GET", "/v1/engagements/acme-prod/approval-policy")
    assert (policy["people"], policy["client"]) == (0, False)
    assert upgraded.lena("GET", "/v1/requests")["requests"] == []


def test_a_suspended_member_and_a_closed_engagement_stay_so(upgraded: Upgraded) -> None:
    with pytest.raises(urllib.error.HTTPError) as suspended:
        enrol_again(upgraded, "bob")
    assert json.load(suspended.value)["reason"] == "already-ended"
    assert upgraded.lena("GET", "/v1/engagements/globex")["closed_at"].startswith(
        "2026-11-25T22:56"
    )


def enrol_again(upgraded: Upgraded, member: str) -> Api:
    code = upgraded.lena("POST", f"/v1/members/{member}/enrolment")["code"]
    return upgraded.deployed.api(upgraded.deployed.enrol(code))
