"""An outsider cannot tell what exists from what does not: both have the same pages and answers."""

import re

from chalicelib.domain.trail import Action
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from tests.builders import a_block, a_token
from tests.entrypoints.driver import served
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.matrix.test_matrix import without_sessions
from tests.entrypoints.web.matrix.valid import form_of
from tests.rows import every
from tests.usecases.requests.requesting import a_scene_of_requests, ask

READONLY = {"engagement": "acme-prod", "role": "readonly"}
REQUEST = {"request": ""}
"""The request of alice's that waits."""
OF_ROLES = ("get-credentials", "open-aws-console", "request-access", "open-emergency")
OF_REQUESTS = ("approve-request", "deny-request", "withdraw-request", "end-request-access")
OF_TOKENS = ("rename-token", "revoke-own-token")
UNKNOWN = {
    "engagement": ("nowhere", ""),
    "request": ("alice.0000000000000000", "not an ID", ""),
    "member": ("never-was",),
    "token": ("0" * 12,),
}
"""Names of nothing that exists. The answer to the first is the same in all its text."""


@every(
    "outsider, path, names, status",
    [
        ("bob", "why", READONLY, 200),
        ("carol", "requests/{request}", REQUEST, 404),
        *(("carol", f"actions/{name}", READONLY, 403) for name in OF_ROLES),
        *(("carol", f"actions/{name}", REQUEST, 404) for name in OF_REQUESTS),
        *(("alice", f"actions/{name}", {"token": a_token("lena").id}, 404) for name in OF_TOKENS),
        *(
            ("alice", "people/{member}", {"member": other}, 404)
            for other in ("bob", "lena", "sam", "nobody")
        ),
    ],
)
def test_what_exists_looks_like_what_does_not(outsider, path, names, status):
    scene = a_scene_of_requests()
    request = ask(scene).id
    scene.add(a_block("acme-prod"))
    names = names if names is not REQUEST else {"request": request}
    (field, existing), *_ = names.items()
    with served(scene) as api:
        browser, before = enter(api, outsider), without_sessions(api.world.items)
        texts = [text_of(browser, path, names, status)]
        if field == "member":
            refusal = api.world.entries[-1]
            about = (existing, Action.READ, "lead-or-auditor-only")
            assert (refusal.subject, refusal.action, refusal.reason) == about
        unknown = UNKNOWN[field] if path.startswith("actions") else UNKNOWN[field][:1]
        texts += [text_of(browser, path, names | {field: text}, status) for text in unknown]
        assert texts[0] == texts[1]
        assert "paus" not in texts[0]
        assert without_sessions(api.world.items) == before
        if outsider == "carol":
            listed = browser.get("/web/requests").text
            assert not [text for text in (request, "Acme") if text in listed]


def text_of(browser, path, names, status):
    """Return the page's text, and the answer to the form on it, without these names."""
    answers = [browser.get(f"/web/{path.format(**names)}", **({} if "{" in path else names))]
    kind, _, action = path.partition("/")
    if kind == "actions":
        form = form_of(action, "alice") | names
        answers.append(browser.post(f"/web/{ACTIONS[action].path}", form))
    assert {answer.status for answer in answers} == {status}
    text = re.sub("request-[0-9]+", "", "".join(answer.text for answer in answers))
    assert len(re.findall("does not exist|has no such token", text)) >= len(answers)
    for name in filter(None, names.values()):
        text = text.replace(name, "")
    return text
