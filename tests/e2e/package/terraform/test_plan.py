"""The Terraform module deploys a release as `make deploy` does. HashiCorp's own library parses and
evaluates it; only the parts of AWS and of Terraform's AWS provider are made up."""

import json
import re
import subprocess
from hashlib import sha256
from pathlib import Path

import package
import pytest
from release import add_package

from operating import releases
from operating.parameters import setting_name
from operating.releases import Release
from tests import terraform_settings
from tests.e2e.clients.sdks import build_with_go
from tests.operating.test_settings import INVALID
from tests.rows import every
from tests.running import ROOT, read_file

MODULE = ROOT / "terraform"
FIRM, REGION = "123456789012", "eu-central-1"
BUCKET = f"daypass-artefacts-{FIRM}-{REGION}"
# The arguments in version 6 of Terraform's AWS provider, from its schemas
# ("internal/service/cloudformation/stack.go" and "internal/service/s3/object.go").
ARGUMENTS = {
    "aws_cloudformation_stack": {
        *("capabilities", "disable_rollback", "iam_role_arn", "name", "notification_arns"),
        *("on_failure", "parameters", "policy_body", "policy_url", "region", "tags"),
        *("template_body", "template_url", "timeout_in_minutes"),
    },
    "aws_s3_object": {
        *("acl", "bucket", "bucket_key_enabled", "cache_control", "checksum_algorithm"),
        *("content", "content_base64", "content_disposition", "content_encoding"),
        *("content_language", "content_type", "etag", "force_destroy", "key", "kms_key_id"),
        *("metadata", "region", "server_side_encryption", "source", "source_hash"),
        *("storage_class", "tags", "website_redirect"),
    },
}
CONFLICTS = (
    {"template_body", "template_url"},
    {"policy_body", "policy_url"},
    {"disable_rollback", "on_failure"},
    {"source", "content", "content_base64"},
)
STREAM = "arn:of-the-stream"
"""The only parameter without a default is what main.tf reads from the trail table."""
DECIDED = {
    "data.aws_caller_identity.current": {"account_id": FIRM},
    "data.aws_dynamodb_table.trail": {"stream_arn": STREAM},
    "data.aws_partition.current": {"dns_suffix": "amazonaws.com"},
    "data.aws_region.current": {"region": REGION},
    "aws_s3_object.code": {"version_id": "version-of-code"},
    "aws_s3_object.template": {"version_id": "version-of-template"},
    "aws_cloudformation_stack.foundation": {"outputs": {"BrokerRoleArn": "arn:of-the-broker"}},
    "aws_cloudformation_stack.app": {"outputs": {"EndpointURL": "https://example.com/api/"}},
}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "plan"
    return build_with_go(Path(__file__).parent, path, "hashicorp/hcl/v2")


@pytest.fixture
def release(build, tmp_path):
    release = Release(tmp_path, "1.2.0", "arm64")
    add_package(release, build.folder)
    releases.write_sums(tmp_path)
    (tmp_path / "daypass-1.2.0-arm64.cdx.json").write_text("{}", encoding="ascii")
    return release


@pytest.fixture
def plan(program, release):
    """Return a function that plans the module with these variables, and what AWS decides."""
    sums = sha256((release.folder / "SHA256SUMS").read_bytes()).hexdigest()

    def planned(decided=DECIDED, **variables):
        pinned = {"release": str(release.folder), "release_sha256": sums}
        module = {"Folder": str(MODULE), "Variables": pinned | variables, "Decided": decided}
        process = subprocess.run(
            [program], input=json.dumps(module), capture_output=True, text=True, check=False
        )
        assert process.returncode == 0, process.stderr
        return json.loads(process.stdout)

    return planned


def test_each_resource_has_only_arguments_of_the_provider(plan):
    planned = plan()
    assert planned["problems"] == []
    assert len(planned["resources"]) == 4
    for address, arguments in planned["resources"].items():
        assert arguments.keys() <= ARGUMENTS[address.partition(".")[0]]
        assert all(len(conflict & arguments.keys()) <= 1 for conflict in CONFLICTS)


def test_both_stacks_get_the_templates_of_the_release(plan, release):
    """The app's template names the uploaded zip by its version. The foundation creates the bucket,
    so its own template must fit into a request: 51,200 bytes."""
    resources = plan()["resources"]
    foundation = resources["aws_cloudformation_stack.foundation"]
    assert foundation["template_body"] == release.foundation.read_text()
    assert len(foundation["template_body"]) < 51_200
    assert not set("<>&") & set(foundation["template_body"])  # which the provider makes longer
    template = package.foundation()["Resources"]["ArtefactBucket"]["Properties"]
    assert template["BucketName"]["Fn::Sub"] == (
        "daypass-artefacts-${AWS::AccountId}-${AWS::Region}"
    )

    code = resources["aws_s3_object.code"]
    assert code["source"] == str(release.code)
    assert code["source_hash"] == sha256(release.code.read_bytes()).hexdigest()
    expected = json.loads(release.app.read_text())
    uri = {"Bucket": BUCKET, "Key": code["key"], "Version": "version-of-code"}
    for resource in expected["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = uri
    uploaded = resources["aws_s3_object.template"]
    assert json.loads(uploaded["content"]) == expected
    assert {uploaded["bucket"], code["bucket"]} == {BUCKET}
    app = resources["aws_cloudformation_stack.app"]
    assert app["template_url"] == (
        f"https://{BUCKET}.s3.{REGION}.amazonaws.com/{uploaded['key']}?versionId=version-of-template"
    )
    assert "CAPABILITY_AUTO_EXPAND" in app["capabilities"]  # the template has a transform


def test_the_stack_policy_keeps_every_kind_of_resource_that_cannot_be_made_again(plan):
    policy = json.loads(plan()["resources"]["aws_cloudformation_stack.foundation"]["policy_body"])
    allow, deny = policy["Statement"]
    assert (allow["Effect"], allow["Action"], allow["Resource"]) == ("Allow", "Update:*", "*")
    assert (deny["Effect"], deny["Resource"]) == ("Deny", "*")
    assert deny["Action"] == ["Update:Delete", "Update:Replace"]
    kept = {
        resource["Type"]
        for resource in package.foundation()["Resources"].values()
        if resource.get("DeletionPolicy") == "Retain"
    }
    # These hold no records, and can be created again under the same names.
    replaceable = {
        *("AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy", "AWS::KMS::Alias"),
        "AWS::ApiGateway::Account",
    }
    denied = set(deny["Condition"]["StringEquals"]["ResourceType"])
    assert denied == kept - replaceable


def test_terraform_never_replaces_the_foundation():
    """Not even an imported one, which lacks the argument for its creation."""
    (foundation,) = re.findall(
        r'^resource "aws_cloudformation_stack" "foundation" {\n(.*?)^}',
        read_file("terraform/main.tf"),
        re.MULTILINE | re.DOTALL,
    )
    assert "prevent_destroy = true" in foundation
    assert "ignore_changes  = [on_failure]" in foundation


SETTINGS = {
    "firm_name": "Söhne & O'Reilly ${x}",
    "firm_contact": "aws-access@example.com",
    "org_id": "o-a1b2c3d4e5",
    "other_accounts": "222233334444,333344445555",
    "anonymous_concurrency": 5,
    "digest_lock_days": 30,
    "rate_limit": "2000",
    "permissions_boundary": "arn:aws:iam::123456789012:policy/boundary",
    "identity_providers": '[{"issuer": "https://login.example.com", "audience": "daypass"}]',
}


def test_every_setting_sets_its_parameter_in_each_stack_that_has_it(plan):
    """A parameter of a template that settings.tf lacks fails here, and in `make test`."""
    resources = plan(tags={"owner": "platform"}, **SETTINGS)["resources"]
    for stack, template in (("foundation", package.foundation()), ("app", package.app())):
        planned = resources[f"aws_cloudformation_stack.{stack}"]
        assert planned["tags"] == {"owner": "platform"}
        assert {name: str(value) for name, value in planned["parameters"].items()} == {
            name: str(SETTINGS.get(setting_name(name).lower(), declared.get("Default", STREAM)))
            for name, declared in template["Parameters"].items()
        }


NOT_JUDGED = {"{", '[{"issuer": "https://login.example.com"}]'}
"""The templates accept these values, and `make deploy` and the functions refuse them."""
WRONG = {
    "CLIENT_MAIL_FROM": ["Daypass <daypass@example.com>"],
    "LOG_RETENTION_DAYS": ["1", "366"],
    "PERMISSIONS_BOUNDARY": ["boundary", "arn:aws:iam::1:policy/x"],
    "DIGEST_LOCK_DAYS": [-1, 0.5, 36501],
    "IDENTITY_PROVIDERS": ["x" * 2049, "é"],
}


@every("setting", terraform_settings.parameters)
def test_terraform_refuses_what_the_template_refuses(plan, setting):
    values = {*INVALID.get(setting, []), *WRONG.get(setting, [])} - NOT_JUDGED
    assert values
    for value in values:
        assert plan(**{setting.lower(): value})["problems"], value


def test_the_outputs_are_the_address_and_the_brokers_role(plan):
    assert plan()["outputs"] == {
        "api_address": "https://example.com/api",
        "broker_role_arn": "arn:of-the-broker",
    }


def test_a_changed_file_and_another_release_are_refused(plan, release):
    assert "another SHA-256" in str(plan(release_sha256="0" * 64)["problems"])
    assert plan(release_sha256="0" * 63)["problems"] == ["64 hexadecimal digits, in lower case."]
    release.code.write_bytes(b"another")
    assert "differs from its SHA256SUMS" in str(plan()["problems"])


@pytest.mark.parametrize("name", ["code", "template"])
@pytest.mark.parametrize("version", [None, "", "null"])
def test_an_object_without_a_version_is_not_deployed(plan, name, version):
    decided = DECIDED | {f"aws_s3_object.{name}": {"version_id": version}}
    (problem,) = plan(decided)["problems"]
    assert problem.startswith("Amazon S3 kept no version")
