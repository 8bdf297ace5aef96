"""A sign-in URL for the AWS console: the credentials stay in the body of one POST to AWS."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from chalicelib.adapters.vending import console
from chalicelib.adapters.vending.console import get_sign_in_url
from chalicelib.domain.vending.vends import Credentials
from local.sample_accounts import FIRM
from local.sign_in import sign_in_stand_in
from tests.rows import every

CREDENTIALS = Credentials(
    access_key_id="ASIAEXAMPLE",
    secret_access_key="the-secret-key",
    session_token="the-session-token",
    expires_at=datetime(2036, 1, 1, tzinfo=UTC),
    assumed_role_arn="arn:aws:sts::987654321098:assumed-role/R/alice",
    request_id="r",
)


def sign_in(site):
    return get_sign_in_url("aws", f"{site.url}/federation", CREDENTIALS)


def test_the_session_is_in_the_body_and_no_duration_is_sent(site):
    site.body = b'{"SigninToken": "a token/+"}'
    url = sign_in(site)
    ((method, path, _, body),) = site.requests
    form = parse_qs(body.decode())
    assert (method, path) == ("POST", "/federation")
    assert set(form) == {"Action", "Session"}
    assert json.loads(form["Session"][0]) == {
        "sessionId": "ASIAEXAMPLE",
        "sessionKey": "the-secret-key",
        "sessionToken": "the-session-token",
    }
    assert url is not None
    assert parse_qs(urlsplit(url).query) == {
        "Action": ["login"],
        "Issuer": ["daypass"],
        "Destination": ["https://console.aws.amazon.com/console/home"],
        "SigninToken": ["a token/+"],
    }
    assert "the-secret-key" not in url


@every(
    "status, body",
    [
        (400, b"Invalid credentials"),
        (500, b""),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"SigninToken": ""}'),
        (200, b'{"SigninToken": 7}'),
        (200, b"\xff\xfe"),
    ],
)
def test_without_a_token_there_is_no_url(site, status, body):
    site.status, site.body = status, body
    assert sign_in(site) is None


def test_without_an_answer_there_is_no_url_and_no_redirect_is_followed(site, monkeypatch):
    site.status, site.headers = 307, {"Location": f"{site.url}/elsewhere"}
    site.body = b'{"SigninToken": "t"}'
    assert sign_in(site) is None
    assert [path for _, path, *_ in site.requests] == ["/federation"]
    site.status, site.raw_response = 200, b""
    assert sign_in(site) is None
    monkeypatch.setattr(console, "TIMEOUT", 0.05)
    site.raw_response, site.delay = None, 0.3
    assert sign_in(site) is None


def test_an_unknown_partition_has_no_console():
    assert get_sign_in_url("aws-iso", "", CREDENTIALS) is None


def test_the_stand_in_signs_in_a_session_that_the_local_sts_knows(aws):
    issued = aws.endpoint.as_root(FIRM, "sts").get_session_token()["Credentials"]
    keys = {
        "access_key_id": issued["AccessKeyId"],
        "secret_access_key": issued["SecretAccessKey"],
        "session_token": issued["SessionToken"],
    }
    rest = {"expires_at": issued["Expiration"], "assumed_role_arn": "", "request_id": ""}
    with sign_in_stand_in(aws.endpoint) as url:
        assert get_sign_in_url("aws", url, Credentials(**keys, **rest)) is not None
        assert get_sign_in_url("aws", url, CREDENTIALS) is None
