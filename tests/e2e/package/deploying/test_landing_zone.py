"""A deployment follows a landing zone's rules: tags, a permissions boundary, and log retention."""

import json
import re

from local.sample_accounts import FIRM
from tests.e2e.package.deploying.conftest import aws_running
from tests.e2e.package.deploying.deployed import Deployed, session
from tests.e2e.package.deploying.operator import Operator
from tests.running import read_file

TAGS = {"owner": "platform", "cost-center": "4711"}
RULES = {"TAGS": "owner=platform cost-center=4711", "LOG_RETENTION_DAYS": "90"}


def test_tags_boundary_and_retention_hold_for_both_stacks_and_stay(aws_cli, build):
    (boundary,) = re.findall(r"```json\n(.*?)```", read_file("docs/landing-zones.md"), re.DOTALL)
    with aws_running(build) as endpoint:
        operator = Operator(endpoint, FIRM, aws_cli, build.folder)
        iam = operator.client("iam")
        created = iam.create_policy(PolicyName="boundary", PolicyDocument=boundary)
        arn = created["Policy"]["Arn"]
        bus = operator.client("events").create_event_bus(Name="siem")["EventBusArn"]
        deployed = Deployed(
            operator, operator.deploy(PERMISSIONS_BOUNDARY=arn, EVENT_BUS=bus, **RULES)
        )
        check(deployed, arn)

        nadia = deployed.add_member("nadia")
        deployed.open_engagement("acme-prod", "BoundRole", "nadia")
        assert session(deployed, nadia, "acme-prod")["credentials"]

        operator.deploy(FIRM_NAME="Another")
        check(deployed, arn)


def check(deployed, boundary):
    iam, logs = deployed.client("iam"), deployed.client("logs")
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    own = [name for name in roles if name.startswith("daypass-")]
    assert len(own) == 17
    for name in own:
        attached = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]
        assert attached["PermissionsBoundaryArn"] == boundary
    groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/daypass-")["logGroups"]
    assert {group["retentionInDays"] for group in groups} == {90}
    for name in ("daypass", "daypass-foundation"):
        tags = {tag["Key"]: tag["Value"] for tag in deployed.stack(name)["Tags"]}
        assert json.dumps(tags, sort_keys=True) == json.dumps(TAGS, sort_keys=True)
