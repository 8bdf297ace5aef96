"""The ledger survives a kill, is its owner's alone, and no account is used without a permit."""

import json
import threading
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from local.live import deleting
from local.live.accounts import PERMIT, Account, NotPermitted, build_environment, require_permit
from local.live.ledger import LedgerProblem, Resource, open_ledger

ROLE = Resource("role", "123456789012", "us-east-1", "a-role")
STACK = Resource("stack", "123456789012", "us-east-1", "a-stack")


def file_of(folder):
    return folder / "ledger.jsonl"


def test_what_was_created_is_left_until_it_is_struck(tmp_path):
    with open_ledger(tmp_path, wait=False) as ledger:
        for resource in (ROLE, STACK, ROLE):
            ledger.record(resource)
        ledger.strike(STACK)
    with open_ledger(tmp_path, wait=False) as ledger:
        assert ledger.left() == [ROLE]
    assert file_of(tmp_path).stat().st_mode & 0o777 == 0o600


def test_half_a_line_of_a_killed_process_counts_for_nothing(tmp_path):
    with open_ledger(tmp_path, wait=False) as ledger:
        ledger.record(ROLE)
    with file_of(tmp_path).open("a") as file:
        file.write('{"created": {"ki')
    with open_ledger(tmp_path, wait=False) as ledger:
        assert ledger.left() == [ROLE]
        ledger.record(STACK)
        assert ledger.left() == [ROLE, STACK]
    assert all(map(json.loads, file_of(tmp_path).read_text().splitlines()))


def test_a_second_run_is_refused_and_a_clean_up_waits(tmp_path):
    held, entered = threading.Event(), threading.Event()

    def clean():
        held.wait()
        with open_ledger(tmp_path, wait=True):
            entered.set()

    cleaner = threading.Thread(target=clean)
    cleaner.start()
    with open_ledger(tmp_path, wait=False):
        held.set()
        with pytest.raises(LedgerProblem, match="Another"), open_ledger(tmp_path, wait=False):
            pass
        assert not entered.is_set()
    cleaner.join()
    assert entered.is_set()


def test_a_link_in_place_of_the_ledger_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").touch()
    file_of(tmp_path).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LedgerProblem), open_ledger(tmp_path, wait=False):
        pass


def test_a_folder_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(LedgerProblem, match="no folder"), open_ledger(tmp_path / "x", wait=False):
        pass


def an_account(clients):
    return Account("123456789012", "eu-central-1", {}, lambda service, region, keys: clients)


class ParameterNotFound(Exception):
    pass


def parameter_store(value):
    def get_parameter(Name):  # noqa: N803
        assert Name == PERMIT
        if isinstance(value, Exception):
            raise value
        return {"Parameter": {"Value": value}}

    exceptions = SimpleNamespace(ParameterNotFound=ParameterNotFound)
    return SimpleNamespace(get_parameter=get_parameter, exceptions=exceptions)


def refusal(code):
    return ClientError({"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {}}, "Op")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (ParameterNotFound(), "does not exist in the account 123456789012, eu-central-1"),
        ("yes", "is not 123456789012"),
        ("210987654321", "is not 123456789012"),  # copied from another account
        (refusal("AccessDeniedException"), "Cannot read"),
    ],
)
def test_an_account_without_a_permit_is_refused(value, problem):
    with pytest.raises(NotPermitted, match=problem):
        require_permit(an_account(parameter_store(value)))


def test_an_account_with_its_own_id_as_permit_is_used():
    require_permit(an_account(parameter_store("123456789012")))


def test_commands_get_the_profile_and_no_other_credentials_or_settings():
    inherited = {
        "PATH": "/bin",
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_DEFAULT_REGION": "us-east-1",
        "MAKEFLAGS": "w -- LEDGER=/tmp FIRM=firm",
    }
    assert build_environment(inherited, "firm", "eu-central-1") == {
        "PATH": "/bin",
        "AWS_PROFILE": "firm",
        "AWS_REGION": "eu-central-1",
    }


def test_the_newest_resource_goes_first_and_a_failure_holds_up_no_other(tmp_path, monkeypatch):
    deleted = []

    def delete(account, resource):
        if resource.name == "stuck":
            raise refusal("Throttling")
        if resource.name == "gone":
            raise refusal("NoSuchEntity")
        deleted.append(resource.name)

    monkeypatch.setitem(deleting._DELETERS, "role", delete)
    names = ("one", "stuck", "two", "gone")
    resources = [Resource("role", "123456789012", "us-east-1", name) for name in names]
    foreign = Resource("role", "999999999999", "us-east-1", "foreign")
    with open_ledger(tmp_path, wait=False) as ledger:
        for resource in [foreign, *resources]:
            ledger.record(resource)
        accounts = {"123456789012": an_account(None)}
        left = deleting.delete_all(ledger, accounts, lambda line: None)
        assert deleted == ["two", "one"]
        names = ["role stuck", "role foreign"]
        assert [sentence.partition(" is left")[0] for sentence in left] == names
        assert {resource.name for resource in ledger.left()} == {"stuck", "foreign"}
