"""docs/reference/live-account.md and `make live` name the same points, and its checks can fail."""

import inspect
import re
from email.message import Message
from types import SimpleNamespace

import package
import pytest
from botocore.exceptions import ClientError

from local.live.by_hand import BY_HAND
from local.live.deleting import _DELETERS, RETAINED_KINDS
from local.live.report import Report, Seen, Status
from local.live.run import Check, Reply, Run, Skipped, Stage, run_stages
from local.live.stages import STAGES, cut_offs, deploy, gateway, sts, waits
from local.rehearsal.commands import StepFailed
from local.rehearsal.screen import Screen
from tests.running import read_file

ROW = re.compile(r"^\| (\d+) \| .* \| ([^|]*) \|$", re.MULTILINE)
HOLDS = Seen(holds=True, value="fine", request_id="r-1")


def shown_by(check, stage):
    return f"`{stage.name}`, in part" if check.leaves else f"`{stage.name}`"


def test_the_page_says_of_each_point_which_stage_shows_it():
    checks = [(check, stage) for stage in STAGES for check in stage.checks]
    expected = {str(check.point): shown_by(check, stage) for check, stage in checks}
    assert len(expected) == len(checks), "A point has two checks."
    assert not expected.keys() & {str(point) for point in BY_HAND}
    expected |= {str(point): "by hand" for point in BY_HAND}
    assert dict(ROW.findall(read_file("docs/reference/live-account.md"))) == expected


def test_each_point_that_is_left_to_a_person_has_a_reason():
    assert all(BY_HAND.values())


def test_what_a_deployment_keeps_can_be_deleted():
    """Each type that a template retains has a kind, and each kind a function that deletes it."""
    templates = (package.foundation(), package.app())
    retained = {
        resource["Type"]
        for template in templates
        for resource in template["Resources"].values()
        if resource.get("DeletionPolicy", "").startswith("Retain")
    }
    assert retained == RETAINED_KINDS.keys()
    assert {kind for kind in RETAINED_KINDS.values() if kind} <= _DELETERS.keys()


def test_each_kind_that_a_stage_creates_can_be_deleted():
    modules = [inspect.getmodule(stage.prepare) for stage in STAGES]
    text = "".join(inspect.getsource(module) for module in modules)
    text += read_file("local/live/stages/probe.py")
    kinds = set(re.findall(r'run\.create\(\s*run\.\w+,\s*"([a-z-]+)"', text))
    assert len(kinds) > 4
    assert kinds <= _DELETERS.keys() | {"stack"}


def test_the_stages_that_are_not_killed_in_a_test_create_nothing():
    for module in (gateway, waits):
        assert "run.create" not in inspect.getsource(module)


def judged(see, *, is_local=False, **fields):
    run = SimpleNamespace(is_local=is_local)
    return Check(7, see, **fields).judge(run, "a-stage")


def raising(error):
    def see(run):
        raise error

    return see


def denied(code):
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"RequestId": "r-2"}}, "Op")


REFUSAL = denied("Denied")
JUDGED = {
    "it held": (lambda run: HOLDS, Status.PASS, Status.NOT_JUDGED),
    "it did not": (lambda run: Seen(holds=False, value="bad"), Status.FAIL, Status.FAIL),
    "AWS refused": (raising(REFUSAL), Status.FAIL, Status.FAIL),
    "the API refused": (raising(StepFailed("no answer")), Status.FAIL, Status.FAIL),
    "a field is missing": (raising(KeyError("missing")), Status.FAIL, Status.FAIL),
    "no network": (raising(OSError("no network")), Status.FAIL, Status.FAIL),
    "not in this account": (raising(Skipped("not here")), Status.SKIP, Status.SKIP),
}


@pytest.mark.parametrize("name", JUDGED)
def test_a_check_passes_only_on_aws_and_only_if_it_held(name):
    see, live, local = JUDGED[name]
    assert judged(see).status is live
    assert judged(see, is_local=True).status is local


def test_a_result_has_the_value_and_the_request():
    result = judged(lambda run: HOLDS, leaves="the rest")
    assert (result.value, result.request_id) == ("fine. By hand: the rest", "r-1")
    assert judged(raising(REFUSAL)).request_id == "r-2"


def test_the_local_aws_does_not_run_what_it_cannot_show():
    result = judged(raising(AssertionError()), is_local=True, not_local="no metrics")
    assert (result.status, result.value) == (Status.NOT_JUDGED, "no metrics")


def test_after_a_needed_stage_has_failed_the_others_are_skipped(tmp_path):
    def fails(run):
        raise StepFailed("the reason, secret-1")

    def stage(name, prepare, *, is_needed=False):
        return Stage(name, name, prepare, (Check(len(name), lambda run: HOLDS),), is_needed)

    stages = (
        stage("a", lambda run: None),
        stage("bb", fails),
        stage("ccc", lambda run: None),
        stage("dddd", fails, is_needed=True),
        stage("eeeee", lambda run: None),
    )
    with (tmp_path / "out").open("w") as out:
        run = Run(None, None, None, Screen(out, steps=9), is_local=False)
        run.report.hide("secret-1")
        run_stages(run, stages)
    statuses = {(result.point, result.stage): result.status for result in run.report.results}
    assert statuses == {
        (1, "a"): Status.PASS,
        (None, "bb"): Status.FAIL,
        (2, "bb"): Status.SKIP,
        (3, "ccc"): Status.PASS,
        (None, "dddd"): Status.FAIL,
        (4, "dddd"): Status.SKIP,
        (5, "eeeee"): Status.SKIP,
    }
    assert run.report.failed
    assert "secret-1" not in (tmp_path / "out").read_text() + run.report.table()


def reply(status, body=b"{}\n", **headers):
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return Reply(status, message, body)


def test_a_gateway_response_is_complete_with_an_id_and_a_newline():
    assert gateway._describe(reply(403, X_Request_Id="r")) == "403 complete"
    assert gateway._describe(reply(200, b"{}")) == "200 not 4xx and no X-Request-Id and no newline"


SEEN = {"status": "seen", "problem": None, "written_at": "t", "seen_at": "t", "requested_at": "t"}
VERIFIED = {
    "report": {
        "grade": "A",
        "passed": True,
        "cut_off": {"checks": [{"check": "cut-off-role", "result": "passed"}]},
    },
    "verification": {"accepts_source_identity": True, "accepts_tags": True},
}
DENIED = {
    "regions": {"us-east-1"},
    "denied": {"us-east-1": 2.0},
    "refusals": {"us-east-1": denied("UnauthorizedOperation")},
}


def without(fields, *path, **changes):
    """Return a copy of the nested fields with these changes at the path."""
    if not path:
        return {**fields, **changes}
    return {**fields, path[0]: without(fields[path[0]], *path[1:], **changes)}


FAILING = {
    "never written": (cut_offs._see_written, {"cut_off": {**SEEN, "written_at": None}}),
    "not permitted": (cut_offs._see_written, {"cut_off": {**SEEN, "problem": "not-permitted"}}),
    "not seen": (cut_offs._see_seen, {"cut_off": {**SEEN, "status": "written"}}),
    "no cut-off": (cut_offs._see_seen, {"cut_off": {}}),
    "a region less": (cut_offs._see_regions, {**DENIED, "regions": {"us-east-1", "eu-west-1"}}),
    "late": (cut_offs._see_regions, {**DENIED, "denied": {"us-east-1": 301.0}}),
    "throttled": (
        cut_offs._see_regions,
        {**DENIED, "refusals": {"us-east-1": denied("Throttling")}},
    ),
    "no cut-off role": (
        cut_offs._see_cut_off_role,
        {"verified": without(VERIFIED, "report", "cut_off", checks=[])},
    ),
    "grade B": (sts._see_grade, {"verified": without(VERIFIED, "report", grade="B")}),
    "no tags": (
        sts._see_grade,
        {"verified": without(VERIFIED, "verification", accepts_tags=False)},
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_check_can_fail(name):
    see, notes = FAILING[name]
    good = {"cut_off": SEEN, "verified": VERIFIED, **DENIED}
    assert see(SimpleNamespace(notes=good)).holds
    assert not see(SimpleNamespace(notes=good | notes)).holds


def test_a_logging_role_of_before_shows_nothing():
    run = SimpleNamespace(notes={"logs_role": "arn:aws:iam::123456789012:role/theirs"})
    with pytest.raises(Skipped):
        deploy._see_logs_role(run)


def test_the_table_is_for_its_owner_and_hides_secrets(tmp_path):
    report = Report()
    report.hide("token-1")
    report.hide("token-1-longer")
    assert report.hide("") == ""
    report.add(judged(lambda run: Seen(holds=True, value="a | token-1-longer\nand token-1")))
    path = report.write(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert text.endswith("| 7 | a-stage | PASS | a \\| (hidden) and (hidden) |  |\n")
