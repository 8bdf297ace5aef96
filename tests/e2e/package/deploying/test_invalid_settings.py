"""An invalid setting in a deployed function disables only its own feature."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.e2e.package.deploying.deployed import Deployed, session

INVALID = {
    "DAYPASS_IDENTITY_PROVIDERS": "{",
    "DAYPASS_OTHER_ACCOUNTS": "2222 3333",
    "DAYPASS_TEMPLATE_BUCKET": "https://bucket",
    "DAYPASS_FIRM_CONTACT": "no address",
}


@contextmanager
def invalid_settings(deployed: Deployed, *functions: str) -> Iterator[None]:
    """Set invalid values, as an operator can by hand without `make deploy`, until the block
    ends."""
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
            environment = {"Variables": variables | changes}
            aws_lambda.update_function_configuration(FunctionName=name, Environment=environment)

    put(INVALID)
    try:
        yield
    finally:
        put({})


def refusal(call: Callable[..., Any], *arguments: str, **body: Any) -> tuple[int, str]:
    """Make a call that must be refused, and return the status and the reason."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        call(*arguments, **body)
    with refused.value as error:
        return error.code, json.load(error)["reason"]


def test_vending_and_revoking_work_while_opening_and_sign_in_do_not(deployed: Deployed) -> None:
    ida = deployed.add_member("ida")
    deployed.open_engagement("acme-settings", "SettingsRole", "ida")
    lena = deployed.api(deployed.lena)
    engagement = {"id": "not-now", "client": "Acme", "account_id": "987654321098"}
    signed_in = deployed.api("eyJhbGciOiJSUzI1NiJ9.e30.c2ln")  # an identity token
    with invalid_settings(deployed, "APIHandler", "Enter"):
        assert session(deployed, ida, "acme-settings")["credentials"]
        opening = refusal(
            lena, "POST", "/v1/engagements", **engagement, ends_at="2027-12-31T00:00:00Z"
        )
        assert opening == (503, "setting-invalid")
        assert refusal(signed_in, "GET", "/v1/me") == (503, "setting-invalid")
        assert lena("POST", "/v1/members/ida/revoke", reason="laptop lost")["sessions"]
        vend = ("POST", "/v1/engagements/acme-settings/sessions")
        assert refusal(deployed.api(ida), *vend, role="readonly") == (403, "member-suspended")
