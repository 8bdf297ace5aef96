"""From the version before, by `make deploy`: what was there is there, and means what it meant.

In `version_before/` are the templates of that version, and what it had stored in a small world:
Alice on acme-prod, whose roles are proven; Bob suspended, and globex closed. The code in its
functions is today's. Whoever releases a version puts that version's there (CONTRIBUTING.md).
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
from tests.e2e.package.deploying.conftest import an_aws_that_runs
from tests.e2e.package.deploying.deployed import CODE, Deployed
from tests.e2e.package.deploying.operator import Operator

BEFORE = Path(__file__).parent / "version_before"
TABLES = {"daypass-state": "state.jsonl", "daypass-trail": "trail.jsonl"}


def stored(table: str) -> list[dict[str, Any]]:
    lines = (BEFORE / TABLES[table]).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def external_id() -> str:
    """Acme's: its roles ask for it."""
    ms = [
        item["body"]["M"] for item in stored("daypass-state") if item["type"]["S"] == "external-id"
    ]
    (acme,) = [item for item in ms if item["engagement"]["S"] == "acme-prod"]
    return str(acme["external_id"]["S"])


@pytest.fixture(scope="module")
def before(build: Build, aws_cli: Path) -> Iterator[Deployed]:
    """The version before, as it was deployed, with what it had stored."""
    with an_aws_that_runs(build) as endpoint, pytest.MonkeyPatch.context() as patched:
        operator = Operator(endpoint, FIRM, aws_cli, build.folder)
        for name, value in (operator.environment | {"YES": "1"}).items():
            patched.setenv(name, value)
        aws = Aws("us-east-1", str(aws_cli / "aws"))
        template = package.read(BEFORE / "foundation.yaml")
        base = change_sets.deploy(aws, FOUNDATION, template, {}, is_permanent=True)[0]
        bucket = Bucket(base.outputs["ArtefactBucketName"], FIRM)
        with TemporaryDirectory() as folder:
            uploaded = artefacts.upload(aws, bucket, packaged(Path(folder) / "made", build))
        fields = {"FirmName": "Example"}
        change_sets.deploy(aws, APP, uploaded, fields, is_permanent=False, bucket=bucket.name)

        for table in TABLES:
            for item in stored(table):
                operator.client("dynamodb").put_item(TableName=table, Item=item)
        sample_accounts.create_buckets_and_roles(endpoint, ACME, external_id=external_id())
        yield Deployed(operator, "")


def packaged(folder: Path, build: Build) -> Path:
    """The template of the version before, and today's code."""
    names = ("app.yaml", "alarms.yaml", "dashboard.yaml")
    # It had no function for Slack, whose routes today's code has.
    of_slack = package.read(BEFORE / "app.yaml")["Resources"]["Anonymous"]
    since = folder.with_suffix(".json")
    since.write_text(json.dumps({"Resources": {"Slack": of_slack}}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(package, "TEMPLATES", [*(BEFORE / name for name in names), since])
        package.chalice_package(package.tracked_files(folder / "source"), folder, MACHINE)
    shutil.copyfile(build.folder / "deployment.zip", folder / "deployment.zip")
    return folder


@dataclass(frozen=True, slots=True)
class Upgraded:
    now: Deployed
    told: str
    lasting_before: dict[str, str]
    lena: Api
    """She has been let in anew: her token is nobody's to keep in a file."""


@pytest.fixture(scope="module")
def upgraded(before: Deployed) -> Upgraded:
    lasting = before.lasting()
    output = before.operator.deploy()
    code = CODE.findall(before.operator.made("recover-lead", ID="lena", LOST="1"))[0]
    return Upgraded(before, output, lasting, before.api(before.enrolled(code)))


def test_the_tables_and_the_role_that_clients_trust_are_the_same(upgraded: Upgraded) -> None:
    assert upgraded.now.lasting() == upgraded.lasting_before
    assert upgraded.told.count("UPDATE_COMPLETE") == 2
    assert upgraded.now.parameters()["FirmName"] == "Example"


def test_the_price_of_aws_waf_is_told_before_it_is_created(upgraded: Upgraded) -> None:
    """It is new, and on by default: whoever upgrades decides with the price in view."""
    response = upgraded.told
    price = response.index("It costs 6 USD a month, and 0.60 USD for each million requests.")
    assert (
        price
        < response.index("  RateRule ")
        < response.index("Make these changes to the stack daypass in us-east-1")
    )
    assert upgraded.now.parameters()["RateLimit"] == "1000"


def test_the_lead_finds_what_there_was(upgraded: Upgraded) -> None:
    engagements = upgraded.lena("GET", "/v1/engagements")["engagements"]
    assert {item["id"] for item in engagements} == {"acme-prod", "globex"}
    roles = upgraded.lena("GET", "/v1/engagements/acme-prod/roles")["roles"]
    assert {role["name"] for role in roles} == {"readonly", "deploy"}


def test_the_trail_goes_on(upgraded: Upgraded) -> None:
    entries = upgraded.lena("GET", "/v1/trail?member=alice")["entries"]
    outcomes = [entry["outcome"] for entry in entries if entry["action"] == "vend"]
    assert outcomes[-2:] == ["issued", "intended"]  # as the version before has recorded it


def test_the_trail_that_was_there_gets_a_policy_of_its_own(upgraded: Upgraded) -> None:
    dynamodb = upgraded.now.client("dynamodb")
    arn = dynamodb.describe_table(TableName="daypass-trail")["Table"]["TableArn"]
    policy = json.loads(dynamodb.get_resource_policy(ResourceArn=arn)["Policy"])
    (never,) = policy["Statement"]
    assert (never["Effect"], never["Principal"], never["Resource"]) == ("Deny", "*", arn)


def test_a_member_enters_a_role_that_was_proven(upgraded: Upgraded) -> None:
    alice = enrolled(upgraded, "alice")
    vended = alice("POST", "/v1/engagements/acme-prod/sessions", role="readonly")
    assert vended["credentials"]["AccessKeyId"].startswith("ASIA")


def test_who_was_shut_out_stays_out(upgraded: Upgraded) -> None:
    with pytest.raises(urllib.error.HTTPError) as suspended:
        enrolled(upgraded, "bob")
    assert json.load(suspended.value)["reason"] == "already-ended"
    assert upgraded.lena("GET", "/v1/engagements/globex")["closed_at"].startswith(
        "2026-11-25T22:56"
    )


def enrolled(upgraded: Upgraded, member: str) -> Api:
    code = upgraded.lena("POST", f"/v1/members/{member}/enrolment")["code"]
    return upgraded.now.api(upgraded.now.enrolled(code))
