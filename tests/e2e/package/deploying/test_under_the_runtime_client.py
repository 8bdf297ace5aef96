"""The zip under AWS's runtime client, as Lambda runs it: a cold start, then warm requests."""

import json
import re
import subprocess
import sys

import pytest

from local import proxy_event
from local.proxy_event import Request, Resource
from tests.running import read_file
from tests.runtime_api import RuntimeApi

VEND = "/v1/engagements/{engagement}/sessions"
# The client and its dependencies, pinned with hashes in requirements-dev.txt.
CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the client runs on Linux alone")


def event(token):
    """Return the event that API Gateway sends to the function."""
    request = Request(
        method="POST",
        target="/v1/engagements/acme-runtime/sessions",
        headers=(
            ("Host", "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"),
            ("Content-Type", "application/json"),
            *([("Authorization", f"Bearer {token}")] if token else []),
        ),
        body=b'{"role": "readonly"}',
        source_ip="198.51.100.7",
    )
    resource = Resource(VEND, {"engagement": "acme-runtime"})
    return json.dumps(proxy_event.event(request, resource, binary_types=())).encode()


@pytest.fixture(scope="module")
def client(build, tmp_path_factory):
    """Install the client for the zip's Python, which may differ from the one that runs the
    tests."""
    text = read_file("requirements-dev.txt")
    blocks = [re.search(rf"^{name}==.*?(?=^\S)", text, re.M | re.S) for name in CLIENT]
    folder = tmp_path_factory.mktemp("client")
    pinned = folder / "requirements.txt"
    pinned.write_text("".join(block[0] for block in blocks if block), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    version = ("--only-binary=:all:", "--implementation=cp", f"--python-version={build.runtime}")
    subprocess.run(
        [*pip, "--no-deps", "--require-hashes", "--target", folder, *version, "-r", pinned],
        check=True,
    )
    return folder


def environment(deployed, build, client):
    """Return the deployed function's environment, with its role's credentials."""
    name = deployed.resources("AWS::Lambda::Function")["Enter"]
    configuration = deployed.client("lambda").get_function_configuration(FunctionName=name)
    return configuration["Environment"]["Variables"] | {
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": deployed.aws.url,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": deployed.aws.function_credentials_url(
            configuration["Role"], name
        ),
        "PYTHONPATH": f"{build.function}:{client}",
    }


def test_a_member_gets_sessions_from_a_cold_and_a_warm_container(deployed, build, client):
    rick = deployed.add_member("rick")
    deployed.open_engagement("acme-runtime", "RuntimeRole", "rick")
    with (
        RuntimeApi([event(rick), event(rick), event("")]) as api,
        api.container(
            build.python, build.function, "app.app", environment(deployed, build, client)
        ),
    ):
        assert api.all_answered.wait(timeout=60)
    responses = [json.loads(answer) for answer in api.answers]
    assert [response["statusCode"] for response in responses] == [201, 201, 401]
    vends = [json.loads(response["body"]) for response in responses[:2]]
    assert vends[0]["vend"] != vends[1]["vend"]
    assert {vend["credentials"]["AccessKeyId"][:4] for vend in vends} == {"ASIA"}
