"""Every page and every action of the console, in a real browser, as the people of the sample firm
see it."""

import pytest

import app
from chalicelib.entrypoints.http.routes import ROUTES
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from tests.e2e.pages.browser import FAILED_TO_LOAD
from tests.e2e.web.pages import PAGES

NO_PAGES = {
    "/web/sign-in",
    "/web/trail/file",
    "/web/engagements/{engagement}/report.csv",
    "/web/provider/return",
}
"""The routes that are no page of the console."""

EXAMPLES = {
    "approver": "jo",
    "client": "Acme",
    "engagement": "acme-prod",
    "link": "{link}",
    "member": "alice",
    "request": "{request}",
    "role": "readonly",
    "session": "{session}",
    "token": "{token}",
}
"""The values with which a page of an action is opened, by the name of the field."""
OTHER_EXAMPLES = {
    "change-approval-policy": {"engagement": "acme-prod", "role": "readonly"},
    "grant-access": {"engagement": "acme-prod", "member": "bob"},
    "mail-approver-link": {"engagement": "initech", "approver": "{approver}"},
    "name-approver": {"engagement": "initech"},
    "request-access": {"engagement": "initech", "role": "developer"},
    "end-session": {"session": "{session}"},
    "rename-token": {"token": "{own_token}"},
    "revoke-approver": {"engagement": "initech", "approver": "{approver}"},
    "revoke-own-token": {"token": "{own_token}"},
}
ACTORS = {
    "end-session": "alice",
    "get-credentials": "alice",
    "open-aws-console": "alice",
    "request-access": "nils",
    "withdraw-request": "nils",
}
"""The people who open the page of an action, where that is not Lena."""


NOT_NOW = {"end-request-access", "open-emergency", "confirm-emergency", "start-access"}
"""The actions that nobody can do with the sample data. Their page says why."""


def test_each_page_is_in_the_table():
    assert app
    routes = [route.path for route in ROUTES if route.method == "GET"]
    pages = [path for path in routes if path.startswith("/web") and "actions" not in path]
    checked = [f"/web/{path.partition('?')[0]}".rstrip("/").split("/") for _, path in PAGES]
    missing = [path for path in pages if not any(_fits(path.split("/"), c) for c in checked)]
    assert {path for path in missing if not path.startswith("/web/sign-in/")} <= NO_PAGES


def _fits(route, path):
    return len(route) == len(path) and all(
        part.startswith("{") or part == name for part, name in zip(route, path, strict=True)
    )


@pytest.mark.parametrize(("person", "path"), PAGES, ids=lambda each: each or "first")
def test_a_page_is_usable_by_everyone_everywhere(console, person, path):
    console.check_page(person, path.format_map(console.names), is_form=path.startswith("actions/"))


# One page needs a sign-in at a provider: see test_command_login.
@pytest.mark.parametrize("name", sorted(ACTIONS.keys() - {"log-in-command"}))
def test_the_page_of_an_action_is_usable_by_everyone_everywhere(console, name):
    fields = ACTIONS[name].form.__struct_fields__
    examples = OTHER_EXAMPLES.get(name, {f: EXAMPLES[f] for f in fields if f in EXAMPLES})
    query = "&".join(f"{field}={text}" for field, text in examples.items())
    person = ACTORS.get(name, "lena")
    path = f"actions/{name}?{query}".format_map(console.names).rstrip("?")
    console.check_page(person, path, is_form=True)
    if name in NOT_NOW:
        assert all(FAILED_TO_LOAD in each for each in console.browser.complaints())
