"""`daypass reconcile` on the events of the local AWS explains what Daypass did, and finds what
someone did with the broker's role without Daypass."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from local.functions import deployed_name
from local.sample_accounts import BROKER_ROLE
from tests.e2e.access import session_client
from tests.local.scene import run_as
from tests.running import ROOT

CLIENT, ENGAGEMENT = "987654321098", "/v1/engagements/acme-prod"


def reconcile(started, folder, begin):
    """Return the exit code, and the command's answer to the events from `begin` on. The earlier
    ones are of the sample's history: the trail has that history in the past."""
    file = folder / "events.json"
    records = json.loads(started.aws.events(CLIENT))["Records"]
    file.write_text(json.dumps({"Records": [e for e in records if e["eventTime"] >= begin]}))
    words = ["reconcile", "Acme", "--events", str(file), "--when", "today"]
    home = {"PYTHONPATH": str(ROOT / "cli"), "DAYPASS_HOME": str(started.folder / "lena")}
    process = subprocess.run(
        [sys.executable, "-m", "daypass", *words, "--all-regions", "--validated", "--json"],
        env={**os.environ, **home},
        capture_output=True,
        text=True,
    )
    assert process.stderr == ""
    return process.returncode, json.loads(process.stdout)


def assume_without_daypass(started, name):
    """Open a session of the client's role with the broker's role itself."""
    broker = run_as(started.aws, BROKER_ROLE, deployed_name("Enter"))
    broker.assume(
        started.api("lena")("GET", f"{ENGAGEMENT}/roles/readonly")["arn"],
        RoleSessionName=name,
        ExternalId=started.api("lena")("GET", ENGAGEMENT)["external_id"],
    )


def test_a_session_that_the_brokers_role_opened_without_daypass_is_found(started, tmp_path):
    begin = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    session = started.api("alice")("POST", f"{ENGAGEMENT}/sessions", role="readonly")
    s3 = session_client(started.aws, session, "s3")
    s3.list_buckets()
    with suppress(ClientError):
        s3.put_object(Bucket="acme-website-assets", Key="index.html", Body=b"x")
    started.api("lena")("POST", f"{ENGAGEMENT}/roles/readonly/verify")
    code, result = reconcile(started, tmp_path, begin)
    assert (code, result["verdict"], result["reasons"]) == (0, "complete", [])
    vend = next(v for v in result["vends"] if v["session_name"] == session["session_name"])
    assert vend["finding"] == "found"
    assert vend["actions"] == {"s3:ListBuckets": 1, "s3:PutObject (AccessDenied)": 1}
    assert result["checks"] > 2

    assume_without_daypass(started, "mallory")
    assume_without_daypass(started, session["session_name"])
    code, result = reconcile(started, tmp_path, begin)
    assert (code, result["verdict"]) == (3, "incomplete")
    assert [each["new_session"] for each in result["unexplained"]] == ["mallory"]
    assert sum(reason.startswith("CRITICAL") for reason in result["reasons"]) == 2
