"""Invalid values that look valid: IDs, texts, moments, ARNs, paths and queries."""

from urllib.parse import quote

from tests.builders import token_text_of
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.http.contract import bad, check, refused
from tests.entrypoints.matrix import PAGE_PATH, PAGES, PATH, ask, prepare, routes
from tests.entrypoints.valid import BODIES, ENROL, QUERIES, VEND
from tests.fakes import MAX_KEY_BYTES
from tests.rows import every

OPEN = "POST /v1/engagements"
NAME = "POST /v1/members"
ROLE = "POST /v1/engagements/{engagement}/roles"
CHANGE_ROLE = "PATCH /v1/engagements/{engagement}/roles/{role}"
GRANT = "POST /v1/engagements/{engagement}/grants"
TRAIL = "GET /v1/trail"


NO_ID = {
    "upper case": "Acme",
    "two hyphens": "acme--prod",
    "a hyphen at the end": "acme-",
    "a digit first": "1acme",
    "a newline at the end": "acme\n",
    "a Cyrillic а": "\u0430cme",
    "a letter with an accent": "acm\u00e9",
    "a lone surrogate": "acme\ud800",
    "a path": "../acme",
    "a key's separator": "acme#prod",
    "one letter": "a",
    "too long": "a" * 41,
    "far too long": "a" * 10_000,
}
# tests/entrypoints/http/test_declarations.py tries what is just outside each field's limits, and
# tests/domain/values has the rest of the values that no field takes.


IN_A_PATH = {name: text for name, text in NO_ID.items() if name != "a lone surrogate"} | {
    "an escaped slash": "acme/prod",
    "escapes twice": "acme%2Fprod",
    "a traversal": "..",
}


# All values on one route, and one value on every other route.
JUNK_AT_ONCE = "GET /v1/engagements/{engagement}/grants/{member}"


@every(
    "route, what",
    [
        *[(JUNK_AT_ONCE, what) for what in IN_A_PATH],
        *[(r, "a newline at the end") for r in routes() if "{" in r and r != JUNK_AT_ONCE],
    ],
    api=fresh_api,
)
def test_junk_in_a_path_is_refused(api, route, what):
    pattern = route.partition(" ")[2]
    for name in (name for name in PATH if f"{{{name}}}" in pattern):
        path = pattern.format(**PATH | {name: quote(IN_A_PATH[what], safe="")})
        answer = refused(api, route, path=path)
        assert (answer.status, answer.reason) == (400, "bad-value")
        assert answer.json["field"] == name
        assert len(IN_A_PATH[what]) < 3 or IN_A_PATH[what] not in answer.text


NO_MOMENT = {
    "no offset": "2026-12-24T18:00:00",
    "a space": "2026-12-24 18:00:00Z",
    "year 1": "0001-01-01T00:00:00+14:00",
    "the last century": "1999-12-31T23:59:59Z",
    "the next millennium": "3000-01-01T00:00:00Z",
    "year 9999": "9999-12-31T23:59:59-14:00",
    "a month too many": "2026-13-01T00:00:00Z",
    "no such day": "2027-02-29T00:00:00Z",
    "hour 25": "2026-12-24T25:00:00Z",
    "an offset of days": "2026-12-24T18:00:00+99:00",
    "full-width digits": "２０２６-12-24T18:00:00Z",
    "a newline at the end": "2026-12-24T18:00:00Z\n",
    "nanoseconds": "2026-12-24T18:00:00.123456789Z",
}


@every("what", NO_MOMENT)
def test_a_moment_is_rfc_3339(api, what):
    assert bad(api, OPEN, "ends_at", NO_MOMENT[what]) == "bad-value"


# tests/entrypoints/test_lists.py tests invalid cursors.
BAD_QUERIES = {
    "engagement": ("", "acme\x07", "a" * 81, "initech", "e"),
    "member": ("", "\ud800", "nobody", "a" * 81),
    "outcome": ("REFUSED", ""),
    "when": ("", "2026-02-30", "someday", "0001-01-01", "2999-12-31", "9" * 81, "2026-11-26"),
    "limit": ("0", "201", "-1", "1e2", "１０", "7\n", " 7", "", "9" * 5000),
}


@every("name", BAD_QUERIES)
def test_a_query_is_as_strict_as_a_body(api, name):
    for value in BAD_QUERIES[name]:
        answer = refused(api, TRAIL, query=QUERIES[TRAIL] | {name: value})
        assert (answer.status, answer.reason) == (400, "bad-value"), value


def test_the_same_path_with_another_spelling_is_another_engagement(api):
    """Daypass does not fold, trim or decode a path twice before it builds a key."""
    before = dict(api.world.items)
    for path in ("/v1/engagements/acme-prod%20", "/v1/engagements/acme%2Dprod%0A"):
        assert api.get(path, "lena").reason == "bad-value"
    assert api.get("/v1/engagements/acme%2Dprod", "lena").status == 200
    assert api.world.items == before


KEY, SORT_KEY = MAX_KEY_BYTES
TOO_LONG = {
    "too long for a sort key": "a" * SORT_KEY,
    "too long with its prefix": "a" * (SORT_KEY - 4),
    "too long for any key": "a" * (KEY + 1),
    "too long in UTF-8": "ä" * (SORT_KEY // 2 + 1),
}


# DynamoDB refuses keys of that length. Every other route limits the length of names in its path.
@every("what", TOO_LONG)
def test_a_name_too_long_for_a_key_gets_404(api, what):
    for route in (page for page in PAGES if "{" in page):
        method, _, pattern = route.partition(" ")
        for name in (name for name in PAGE_PATH if f"{{{name}}}" in pattern):
            path = pattern.format(**PAGE_PATH | {name: quote(TOO_LONG[what])})
            answer = api.send(method, path)
            check(route, answer)
            unknown = api.send(method, pattern.format(**PAGE_PATH | {name: "aaa"}))
            assert (answer.status, _text_of(answer)) == (404, _text_of(unknown)), route


def _text_of(answer):
    """Return the response's text without its request ID."""
    return answer.text.replace(answer.headers["X-Request-Id"], "")


TEXTS = [(VEND, "reason"), (NAME, "name"), (OPEN, "client"), (ENROL, "label")]
TEXTS += [(route, "reason") for route in BODIES if route.endswith("revoke")]


@every("route, name", TEXTS, api=fresh_api)
def test_free_text_holds_nothing_unseen_and_no_token_and_a_tab_as_a_space(api, route, name):
    """A token would stay on the trail, where every lead and auditor reads it. People paste text
    from tables, and a tab does not end a line."""
    token = token_text_of("al")
    too_long = "\u0958" * (150 if name == "reason" else 45)  # only after composition
    for text in ("a\u202eb", too_long, token, f"use {token}, please", token[:40]):
        answer = refused(api, route, body=BODIES[route] | {name: text[:150]})
        assert (answer.reason, answer.json["field"]) == ("bad-value", name)
        assert token[:20] not in answer.text
    prepare(api.world, route)
    body = BODIES[route] | {name: "\ta\tlost  laptop\t"}

    answer = ask(api, route, "member" if route == VEND else "lead", body=body)

    assert answer.status < 300, answer.text
    kept = f"{answer.text}{[entry.details for entry in api.world.entries]}"
    assert "a lost  laptop" in kept
    assert "\\t" not in kept


@every("text", ["Zoë O’Hara", "山田 太郎", 'J. "Al" Smith <&> Co. (100 %)'], api=fresh_api)
def test_free_text_can_be_in_any_language(api, text):
    answer = ask(api, NAME, "lead", body=BODIES[NAME] | {"name": f" {text} "})

    assert answer.json["name"] == text
