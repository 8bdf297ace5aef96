"""A setting that somebody breaks in a deployed function takes down its own feature alone."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.e2e.package.deploying.deployed import Deployed, session

BROKEN = {
    "DAYPASS_IDENTITY_PROVIDERS": "{",
    "DAYPASS_OTHER_ACCOUNTS": "2222 3333",
    "DAYPASS_TEMPLATE_BUCKET": "https://bucket",
    "DAYPASS_FIRM_CONTACT": "nobody",
}


@contextmanager
def broken(deployed: Deployed, *functions: str) -> Iterator[None]:
    """As an operator can break them by hand, past `make deploy`."""
    aws_lambda = deployed.client("lambda")
    names = deployed.resources("AWS::Lambda::Function")
    before = {
        names[function]: aws_lambda.get_function_configuration(FunctionName=names[function])[
            "Environment"
        ]["Variables"]
        for function in functions
    }

    def put(changes: dict[str, str]) -> None:
        for name, variables in before.items():
            fields = {"Variables": variables | changes}
            aws_lambda.update_function_configuration(FunctionName=name, Environment=fields)

    put(BROKEN)
    try:
        yield
    finally:
        put({})


def refusal(call: Callable[..., Any], *words: str, **body: Any) -> tuple[int, str]:
    """The status and the reason that it is refused with."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        call(*words, **body)
    with refused.value as error:
        return error.code, json.load(error)["reason"]


def test_a_member_vends_and_a_lead_revokes_and_opens_nothing(deployed: Deployed) -> None:
    ida = deployed.member("ida")
    deployed.engagement("acme-settings", "SettingsRole", "ida")
    lena = deployed.api(deployed.lena)
    another = {"id": "not-now", "client": "Acme", "account_id": "987654321098"}
    signed_in = deployed.api("eyJhbGciOiJSUzI1NiJ9.e30.c2ln")  # a token of a provider's
    with broken(deployed, "APIHandler", "Enter"):
        assert session(deployed, ida, "acme-settings")["credentials"]
        opening = refusal(
            lena, "POST", "/v1/engagements", **another, ends_at="2099-12-31T00:00:00Z"
        )
        assert opening == (503, "setting-invalid")
        assert refusal(signed_in, "GET", "/v1/me") == (503, "setting-invalid")
        assert lena("POST", "/v1/members/ida/revoke", reason="laptop lost")["sessions"]
        vend = ("POST", "/v1/engagements/acme-settings/sessions")
        assert refusal(deployed.api(ida), *vend, role="readonly") == (403, "member-suspended")
