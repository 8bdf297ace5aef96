"""`make destroy EVERYTHING=1` deletes nothing before it is confirmed, nor what is locked."""

import io
import json

import pytest

from operating import parameters
from operating.aws_cli import Refused
from operating.console import Stop
from operating.destroy import main
from operating.uninstalling import buckets, everything, records
from operating.uninstalling.inventory import Account
from tests.operating.scripted import refusal
from tests.rows import every

ACCOUNT = "123456789012"
IDENTITY = {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/lena"}
EMPTY = {
    "list-tables": {"TableNames": []},
    "list-backups": {"BackupSummaries": []},
    "describe-log-groups": {"logGroups": []},
    "describe-parameters": {"Parameters": []},
    "list-roles": {"Roles": []},
    "list-policies": {"Policies": []},
    "list-topics": {"Topics": []},
    "get-account": {},
    "list-aliases": {"Aliases": []},
    "list-keys": {"Keys": []},
    "list-buckets": {"Buckets": []},
    "get-caller-identity": IDENTITY,
}
TABLES = {"list-tables": {"TableNames": ["another", "daypass-state", "daypass-trail"]}}
ROLES = {"list-roles": {"Roles": [{"RoleName": "daypass-broker"}, {"RoleName": "another"}]}}


class Cloud:
    """The AWS CLI in an account without stacks. It collects the calls that change something."""

    region = "eu-central-1"

    def __init__(self, responses):
        self.responses = EMPTY | responses
        self.changes = []

    def __call__(self, _, operation, *_flags, **request):
        if operation == "describe-stacks":
            raise Refused(refusal("ValidationError", f"{request['stack_name']} does not exist"))
        if operation not in self.responses:
            self.changes.append(operation)
            return {"Table": {"TableStatus": "ACTIVE"}}
        return self.responses[operation]

    def output(self, *_words):
        return ""


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Return a function that runs the command, and returns what AWS was asked to change."""

    def run(cloud, typed="", save=lambda *_: None, **settings):
        with monkeypatch.context() as patched:
            for name in ("YES", "ACCOUNT", "EXPORT", "EVERYTHING"):
                patched.delenv(name, raising=False)
            for name, value in ({"EVERYTHING": "1"} | settings).items():
                patched.setenv(name, value.replace("FOLDER", str(tmp_path / "records")))
            patched.setattr("operating.destroy.configured_aws", lambda: cloud)
            patched.setattr(parameters, "refuse_unknown_settings", lambda: None)
            patched.setattr(records, "read_clients_roles", lambda _: [])
            patched.setattr(records, "save_trail", save)
            patched.setattr("sys.stdin", io.StringIO(typed))
            main()
        return cloud.changes

    return run


NO = {"EXPORT": "none"}
REFUSALS = {
    "another account": (TABLES, "", NO | {"ACCOUNT": "210987654321"}, "ACCOUNT is 210987654321"),
    "no confirmation": (TABLES, "", NO, "This is not the account's ID."),
    "only YES=1": (TABLES, "", NO | {"YES": "1"}, "YES=1 is not enough."),
    "yes typed": (TABLES, "y\n", NO, "This is not the account's ID."),
    "another ID typed": (TABLES, "210987654321\n", NO, "This is not the account's ID."),
    "no EXPORT": (TABLES, "", {"ACCOUNT": ACCOUNT}, "Set EXPORT to a folder"),
    "EXPORT is a file": (TABLES, "", {"ACCOUNT": ACCOUNT, "EXPORT": __file__}, "EXPORT cannot be"),
    "nothing here": (
        {},
        "",
        NO | {"ACCOUNT": ACCOUNT},
        "There is nothing of Daypass in eu-central",
    ),
    "another region": (ROLES, "", NO | {"ACCOUNT": ACCOUNT}, "Daypass is not in eu-central-1, but"),
    "EVERYTHING=yes": (TABLES, "", {"EVERYTHING": "yes"}, "EVERYTHING can only be 1"),
}


@every("case", REFUSALS)
def test_it_changes_nothing_before_it_is_confirmed(run, case):
    responses, typed, settings, message = REFUSALS[case]
    cloud = Cloud(responses)
    with pytest.raises(Stop, match=message):
        run(cloud, typed, **settings)
    assert cloud.changes == []


@every("typed, settings", [(f"{ACCOUNT}\n", {}), ("", {"ACCOUNT": ACCOUNT})])
def test_the_accounts_id_confirms_it(run, typed, settings, capsys):
    responses = {"describe-table": {"Table": {"TableStatus": "ACTIVE"}}}
    changes = run(Cloud(TABLES | responses), typed, EXPORT="FOLDER", **settings)
    once = ["update-continuous-backups", "update-table", "delete-table"]
    assert changes == once * 2
    assert "  Deleting daypass-trail\n  Deleting daypass-state\n" in capsys.readouterr().out


def test_nothing_is_deleted_if_the_trail_cannot_be_saved(run):
    def fail(*_):
        raise Stop("The trail could not be saved")

    cloud = Cloud(TABLES)
    with pytest.raises(Stop, match="could not be saved"):
        run(cloud, save=fail, EXPORT="FOLDER", ACCOUNT=ACCOUNT)
    assert cloud.changes == []


def test_an_interrupted_run_says_how_to_go_on(run, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(everything, "_delete_leftovers", interrupt)
    with pytest.raises(Stop, match="Run the same command again"):
        run(Cloud(TABLES), EXPORT="none", ACCOUNT=ACCOUNT)


@pytest.mark.parametrize("entries", [0, 4])
def test_a_trail_is_saved_whole_or_not_at_all(cli, monkeypatch, tmp_path, entries):
    parts = [("1\n2\n", 2), ("3\n", 1)]
    monkeypatch.setattr("chalicelib.usecases.evidence.export.export_everything", lambda _: parts)
    monkeypatch.setattr(records, "open_records", lambda _: None)
    account = Account(
        cli.answers(dynamodb__scan=[{"Count": entries}, {"Count": 3}]), ACCOUNT, "aws"
    )
    with pytest.raises(Stop, match=f"has {entries} entries, but 3 were saved"):
        records.save_trail(account, tmp_path)
    assert [*tmp_path.glob("*.ndjson")] == []
    records.save_trail(account, tmp_path)
    (file,) = tmp_path.glob("*.ndjson")
    assert file.read_text(encoding="utf-8") == "1\n2\n3\n"


VERSION = {"Key": "a", "VersionId": "1", "LastModified": "2026-12-01T10:00:00Z"}
DENIED = {"Key": "a", "VersionId": "1", "Code": "AccessDenied"}
POLICY = {
    "Statement": [
        {"Effect": "Deny", "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"]},
        {"Effect": "Deny", "Action": "s3:*"},
    ]
}


def delete_bucket(cli, errors, retention, versions=1):
    aws = cli.answers(
        s3api__get_bucket_policy=[{"Policy": json.dumps(POLICY)}],
        s3api__put_bucket_policy=[{}],
        s3api__list_object_versions=[{"Versions": [VERSION] * versions, "DeleteMarkers": None}],
        s3api__delete_objects=[{"Errors": errors}],
        s3api__get_object_retention=[retention],
        s3api__delete_bucket=[{}],
    )
    return [*buckets.delete_bucket(aws, "it", ACCOUNT)]


def policies(cli):
    calls = cli.calls("s3api", "put-bucket-policy")
    return [json.loads(call[call.index("--policy") + 1]) for call in calls]


def test_a_locked_bucket_stays_with_its_policy_and_its_date(cli):
    retention = {"Retention": {"RetainUntilDate": "2027-01-01T10:00:00Z"}}
    (sentence,) = delete_bucket(cli, [DENIED], retention)
    assert "locked until 2027-01-01" in sentence
    assert policies(cli) == [{"Statement": POLICY["Statement"][1:]}, POLICY]
    assert cli.calls("s3api", "delete-bucket") == []


def test_a_bucket_without_locked_objects_goes(cli):
    assert delete_bucket(cli, [], {}, versions=2001) == []
    assert len(cli.calls("s3api", "delete-objects")) == 3  # with a thousand at most in each
    assert len(cli.calls("s3api", "delete-bucket")) == 1


@every(
    "error, message",
    [
        (DENIED, "You may not delete a in the bucket it."),
        (
            DENIED | {"Code": "InternalError", "Message": "Try again"},
            "could not delete a: Try again",
        ),
    ],
)
def test_a_missing_permission_is_not_taken_for_a_lock(cli, error, message):
    with pytest.raises(Stop, match=message):
        delete_bucket(cli, [error], refusal("NoSuchObjectLockConfiguration"))
    assert cli.calls("s3api", "delete-bucket") == []
