"""Random forms and queries to every action and page: none causes an error of Daypass, and none that
is refused changes anything."""

from urllib.parse import quote, urlencode

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.domain.trail import Outcome
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from tests.builders import a_scene
from tests.entrypoints.driver import served
from tests.entrypoints.web.browser import FORM_TYPE
from tests.entrypoints.web.entering import PAGE_PATH, page_routes
from tests.entrypoints.web.matrix.table import ROWS, browser_of
from tests.entrypoints.web.matrix.test_matrix import without_sessions
from tests.entrypoints.web.matrix.valid import FORMS, PAGE_QUERIES, form_of
from tests.fakes.roles import CANARY_SECRET_KEY

VALUES = sorted(
    {text for form in FORMS.values() for text in form.values() if isinstance(text, str)}
    | set(PAGE_PATH.values())
)
ODD = ("", " ", "..", "\0", "\u202e", "é", "<b>", "on", "0", "-1", "9" * 30, "a" * 300, "=1+1")
TIMES = ("2026-11-24T12:00", "2026-02-30T12:00", "0000-00-00T00:00", "9999-12-31T23:59", "now")
TEXT = st.sampled_from([*VALUES, *ODD, *TIMES]) | st.text(max_size=40)
NAMES = sorted(
    {
        field.encode_name
        for action in ACTIONS.values()
        for field in msgspec.structs.fields(action.form)
    }
    | {"csrf", "cursor", "done", "x", "version", "kind"}
)
SETTINGS = settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def forms(draw):
    """Draw an action, and the fields of its form: declared ones with values of others, some
    missing, some repeated, and some of other forms."""
    name = draw(st.sampled_from(sorted(ROWS)))
    own = [field.encode_name for field in msgspec.structs.fields(ACTIONS[name].form)]
    fields = dict(form_of(name, "lena"))
    for missing in draw(st.lists(st.sampled_from(own), max_size=1)):
        fields.pop(missing, None)
    for changed in draw(st.lists(st.sampled_from(own), max_size=3)):
        fields[changed] = draw(TEXT)
    pairs = [
        (key, text)
        for key, value in fields.items()
        for text in ([value] if isinstance(value, str) else value)
    ]
    more = draw(st.lists(st.tuples(st.sampled_from(own + NAMES), TEXT), max_size=2))
    return name, pairs + (more if draw(st.booleans()) else [])


@SETTINGS
@given(drawn=forms(), caller=st.sampled_from(["lead", "lead", "lead", "member", "stale"]))
def test_no_form_breaks_anything(drawn, caller):
    name, pairs = drawn
    with served(a_scene()) as api:
        ROWS[name].prepare(api.world)
        browser = browser_of(api, caller)
        before = dict(api.world.items)
        answer = post(browser, name, urlencode([("csrf", browser.csrf), *pairs], errors="replace"))
        is_done = any(entry.outcome != Outcome.REFUSED for entry in api.world.entries)

        assert answer.status < 500, answer.text
        if answer.status >= 400:
            assert CANARY_SECRET_KEY not in answer.text
            assert without_sessions(api.world.items) == without_sessions(before)
            assert not is_done
        opened = browser.get(f"/web/actions/{name}", **{key: text for key, text in pairs if text})
        assert opened.status < 500, opened.text


def post(browser, name, body):
    return browser.send("POST", f"/web/{ACTIONS[name].path}", raw=body, headers=FORM_TYPE)


@SETTINGS
@given(
    route=st.sampled_from(page_routes()),
    path=st.dictionaries(st.sampled_from(sorted(PAGE_PATH)), TEXT.filter(bool), max_size=2),
    query=st.dictionaries(st.sampled_from(NAMES), TEXT | st.lists(TEXT, max_size=3), max_size=3),
    caller=st.sampled_from(["lead", "auditor", "member", "other"]),
)
def test_no_query_breaks_a_page_and_no_page_changes_anything(route, path, query, caller):
    with served(a_scene()) as api:
        browser = browser_of(api, caller)
        before = dict(api.world.items)
        names = PAGE_PATH | {name: quote(text, safe="") for name, text in path.items()}
        sent = PAGE_QUERIES.get(route, {}) | query
        answer = browser.send("GET", route.format(**names), query=sent)
        assert answer.status < 500, answer.text
        assert api.world.items == before
        assert not [entry for entry in api.world.entries if entry.outcome != Outcome.REFUSED]
