"""An invalid optional setting turns its own feature off, and no route that does not need it."""

import json
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.settings import read_settings
from tests.builders import a_scene
from tests.entrypoints.driver import served
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import SLACKS, ask, cells, revocations, with_token
from tests.entrypoints.valid import BIND, VEND
from tests.fakes import NOON
from tests.fakes.providers import claims, fake_identity_token
from tests.rows import every

VALID = {
    "DAYPASS_STATE_TABLE": "daypass-state",
    "DAYPASS_TRAIL_TABLE": "daypass-trail",
    "DAYPASS_ACCOUNT_ID": "123456789012",
    "DAYPASS_PARTITION": "aws",
    "AWS_REGION": "eu-central-1",
}
INVALID = {
    "DAYPASS_FIRM_NAME": "two\nlines",
    "DAYPASS_FIRM_CONTACT": "nobody",
    "DAYPASS_OTHER_ACCOUNTS": "2222 3333",
    "DAYPASS_ORGANIZATION_ID": "example",
    "DAYPASS_IDENTITY_PROVIDERS": "{",
    "DAYPASS_TEMPLATE_BUCKET": "https://bucket",
}
# Each names an account that Daypass is to enter, and the firm's own accounts are unknown.
NAMES_AN_ACCOUNT = {
    "POST /v1/engagements",
    "POST /v1/imports",
    "POST /v1/engagements/{engagement}/roles",
    "PATCH /v1/engagements/{engagement}/roles/{role}",
}
BIND_JOB = "POST /v1/members/{member}/jobs"  # its issuer must be one of the providers
FRESH_SLACK_PORTS = bootstrap.slack_ports.__wrapped__
ACCOUNTS_UNKNOWN = [{"DAYPASS_OTHER_ACCOUNTS"}, {"DAYPASS_ORGANIZATION_ID"}]
STATUSES = {cell.route: cell.status for cell in cells() if cell.caller == "lead"}


@contextmanager
def with_settings(environment):
    """The API over a fresh scene, as the functions build it from such an environment."""
    scene = a_scene()
    existing = read_settings(environment)
    ports = replace(
        scene.ports,
        firm=bootstrap.build_firm(existing),
        identity_providers=bootstrap.build_identity_providers(existing),
        templates=None,
    )
    with served(scene) as api, pytest.MonkeyPatch.context() as patch:
        patch.setattr("chalicelib.bootstrap.ports", lambda: ports)
        yield api


@every("route", with_token())
def test_with_every_optional_setting_invalid_only_what_names_an_account_is_off(route):
    with with_settings(VALID | INVALID) as api:
        answer = ask(api, route, "member" if route == VEND else "lead")
    if route in (*NAMES_AN_ACCOUNT, BIND_JOB):
        assert (answer.status, answer.reason) == (503, "setting-invalid")
    else:
        assert answer.status == (201 if route == VEND else STATUSES[route])
    check(route, answer)


def test_every_revocation_is_among_those_that_still_work():
    assert revocations()
    assert not NAMES_AN_ACCOUNT & set(revocations())


@every("variables", ACCOUNTS_UNKNOWN)
@every("route", sorted(NAMES_AN_ACCOUNT))
def test_one_unknown_list_of_the_firms_own_accounts_is_enough(route, variables):
    with with_settings(VALID | {name: INVALID[name] for name in variables}) as api:
        assert ask(api, route, "lead").reason == "setting-invalid"


def test_sign_in_by_a_provider_is_off_while_the_list_of_providers_is_invalid():
    response = VALID | {"DAYPASS_IDENTITY_PROVIDERS": INVALID["DAYPASS_IDENTITY_PROVIDERS"]}
    fields = {"Authorization": f"Bearer {fake_identity_token(claims(NOON))}"}
    with with_settings(response) as api:
        for answer in (
            api.get("/v1/me", headers=fields),
            api.post(
                "/v1/engagements/acme-prod/sessions", body={"role": "readonly"}, headers=fields
            ),
            ask(api, BIND, "nobody"),
        ):
            assert (answer.status, answer.reason) == (503, "setting-invalid")
            assert "Use an API token" in answer.json["detail"]
        assert api.get("/v1/me", "alice").status == 200


def test_a_client_opens_their_page_without_the_link_that_launches_a_stack():
    with with_settings(VALID | INVALID) as api:
        page = ask(api, "GET /setup/{link}", "nobody")
        launch = ask(api, "GET /setup/{link}/roles/{role}/launch", "nobody")
    assert page.status == 200
    assert "AWS account 123456789012" in page.text
    assert launch.status == 404


def test_an_invalid_setting_is_logged_by_name_without_its_value_and_counted(monkeypatch, output):
    providers = json.dumps([{"issuer": "https://a-secret.example.com"}])
    for name, value in (VALID | {"DAYPASS_IDENTITY_PROVIDERS": providers}).items():
        monkeypatch.setenv(name, value)
    bootstrap.report_invalid_settings()
    (line,) = output.lines()
    assert (line["level"], line["message"]) == ("ERROR", "invalid setting")
    assert line["setting"] == "DAYPASS_IDENTITY_PROVIDERS"
    assert line["InvalidSettings"] == [1.0]
    assert "a-secret" not in output.text


@pytest.mark.parametrize("route", SLACKS)
def test_slack_is_off_with_an_invalid_setting_of_its_own(api, route, monkeypatch):
    for name, value in {"DAYPASS_SLACK_SIGNING": "daypass", "AWS_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("chalicelib.bootstrap.slack_ports", FRESH_SLACK_PORTS)
    answer = ask(api, route, "nobody")
    revoked = ask(api, "POST /v1/members/{member}/revoke", "lead")
    assert "not set up for Slack" in answer.text
    assert revoked.status == 200
