"""Invalid values that look valid: IDs, texts, moments, ARNs, paths and queries."""

from __future__ import annotations

from urllib.parse import quote

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.people.members import Member
from tests.builders import token_text_of
from tests.entrypoints.driver import Api, Response, fresh_api
from tests.entrypoints.http.contract import bad, check, refused
from tests.entrypoints.matrix import PAGE_PATH, PAGES, PATH, ask, path_of, prepare, routes
from tests.entrypoints.valid import BODIES, ENROL, QUERIES, VEND
from tests.fakes import MAX_KEY_BYTES, World
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
# All values for one kind of ID, two for the others. tests/domain/values/test_identifiers.py has
# the rest.
IDS = [
    *[(NAME, "id", what) for what in NO_ID],
    *[
        (route, name, what)
        for route, name in ((VEND, "role"), (OPEN, "id"), (ROLE, "name"), (GRANT, "member"))
        for what in ("a newline at the end", "too long")
    ],
]


@every("route, name, what", IDS)
def test_a_value_that_only_looks_like_an_id_is_refused(
    api: Api, route: str, name: str, what: str
) -> None:
    assert bad(api, route, name, NO_ID[what]) == "bad-value"


@every("what", ["a newline at the end", "too long", "a lone surrogate"])
def test_a_list_is_as_strict_as_what_it_lists(api: Api, what: str) -> None:
    assert bad(api, GRANT, "roles", ["readonly", NO_ID[what]]) == "bad-value"


def test_a_list_holds_nothing_twice(api: Api) -> None:
    assert bad(api, GRANT, "roles", ["readonly", "readonly"]) == "bad-value"


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
def test_junk_in_a_path_is_refused(api: Api, route: str, what: str) -> None:
    pattern = route.partition(" ")[2]
    for name in (name for name in PATH if f"{{{name}}}" in pattern):
        path = pattern.format(**PATH | {name: quote(IN_A_PATH[what], safe="")})
        answer = refused(api, route, path=path)
        assert (answer.status, answer.reason) == (400, "bad-value")
        assert answer.json["field"] == name
        assert len(IN_A_PATH[what]) < 3 or IN_A_PATH[what] not in answer.text


@every(
    "route, name",
    [(VEND, "caller"), (OPEN, "agents"), ("PATCH /v1/engagements/{engagement}", "agents")],
)
@every("value", ["robot", "Agent", "READ-ONLY", "read_only", "", None, True, 1])
def test_an_unknown_kind_of_caller_or_access_is_refused(
    api: Api, route: str, name: str, value: object
) -> None:
    assert bad(api, route, name, value) == "bad-value"


ACCOUNTS = {
    "11 digits": "98765432109",
    "full-width digits": "９８７６５４３２１０９８",
    "a newline at the end": "987654321098\n",
}


@every("what", ACCOUNTS)
def test_an_account_id_is_12_digits(api: Api, what: str) -> None:
    assert bad(api, OPEN, "account_id", ACCOUNTS[what]) == "bad-value"


def test_the_firms_own_accounts_are_no_clients(api: Api) -> None:
    assert bad(api, OPEN, "account_id", "123456789012") == "daypass-account"
    assert bad(api, OPEN, "account_id", "222233334444") == "firm-account"


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
MOMENTS = [(OPEN, "starts_at"), (GRANT, "starts_at"), (ENROL, "expires_at")]


@every(
    "route, name, what",
    [
        *[(OPEN, "ends_at", what) for what in NO_MOMENT],
        *[(route, name, "no offset") for route, name in MOMENTS],
    ],
)
def test_a_moment_is_rfc_3339(api: Api, route: str, name: str, what: str) -> None:
    assert bad(api, route, name, NO_MOMENT[what]) == "bad-value"


@every("route", [OPEN, GRANT])
@every("ends_at", ["2026-11-24T12:00:00Z", "2026-11-23T00:00:00Z"])
def test_an_end_before_the_start_is_refused(api: Api, route: str, ends_at: str) -> None:
    assert bad(api, route, "ends_at", ends_at) == "ends-before-it-starts"


# One ARN for each reason; tests/domain/values has a table of other invalid ARNs.
ARNS = {
    "arn:aws:iam::876543210987:role/R": "role-in-another-account",
    "arn:aws:iam::123456789012:role/R": "daypass-account",
    "arn:aws:iam::222233334444:role/R": "firm-account",
    "arn:aws-cn:iam::987654321098:role/R": "role-in-another-partition",
    "arn:aws:iam::987654321098:role/*": "bad-value",
}


@every("route", [ROLE, CHANGE_ROLE])
@every("arn", ARNS)
def test_an_arn_that_is_no_role_of_the_client_is_refused(api: Api, route: str, arn: str) -> None:
    answer = refused(api, route, body=BODIES[route] | {"arn": arn})

    assert (answer.status, answer.reason) == (400, ARNS[arn])


# tests/entrypoints/test_lists.py tests invalid cursors.
BAD_QUERIES = {
    "engagement": ("Acme", "", "acme\n"),
    "outcome": ("REFUSED", ""),
    "from": ("2026-11-01", "2026-11-25T00:00:00Z", "0001-01-01T00:00:00Z"),
    "to": ("yesterday", "2026-11-01T00:00:00Z", "2999-12-31T00:00:00Z", "9999-12-31T23:59:59Z"),
    "limit": ("0", "201", "-1", "1e2", "１０", "7\n", " 7", "", "9" * 5000),
}


@every("name", BAD_QUERIES)
def test_a_query_is_as_strict_as_a_body(api: Api, name: str) -> None:
    for value in BAD_QUERIES[name]:
        answer = refused(api, TRAIL, query=QUERIES[TRAIL] | {name: value})
        assert (answer.status, answer.reason) == (400, "bad-value"), value


def test_the_same_path_with_another_spelling_is_another_engagement(api: Api) -> None:
    """Daypass does not fold, trim or decode a path twice before it builds a key."""
    before = _names(api.world)
    for path in ("/v1/engagements/acme-prod%20", "/v1/engagements/acme%2Dprod%0A"):
        assert api.get(path, "lena").reason == "bad-value"
    assert api.get("/v1/engagements/acme%2Dprod", "lena").status == 200
    assert path_of("GET /v1/engagements/{engagement}") == "/v1/engagements/acme-prod"
    assert _names(api.world) == before


def _names(world: World) -> list[str]:
    result = world.find(Engagement, where=lambda _: True) + world.find(Member, where=lambda _: True)
    return [item.id for item in result]


KEY, SORT_KEY = MAX_KEY_BYTES
TOO_LONG = {
    "too long for a sort key": "a" * SORT_KEY,
    "too long with its prefix": "a" * (SORT_KEY - 4),
    "too long for any key": "a" * (KEY + 1),
    "too long in UTF-8": "ä" * (SORT_KEY // 2 + 1),
}


# DynamoDB refuses keys of that length. Every other route limits the length of names in its path.
@every("what", TOO_LONG)
def test_a_name_too_long_for_a_key_gets_404(api: Api, what: str) -> None:
    for route in (page for page in PAGES if "{" in page):
        method, _, pattern = route.partition(" ")
        for name in (name for name in PAGE_PATH if f"{{{name}}}" in pattern):
            path = pattern.format(**PAGE_PATH | {name: quote(TOO_LONG[what])})
            answer = api.send(method, path)
            check(route, answer)
            unknown = api.send(method, pattern.format(**PAGE_PATH | {name: "aaa"}))
            assert (answer.status, _text_of(answer)) == (404, _text_of(unknown)), route


def _text_of(answer: Response) -> str:
    """Return the response's text without its request ID."""
    return answer.text.replace(answer.headers["X-Request-Id"], "")


# Invisible text. tests/domain/values/test_text.py has the other cases.
UNSEEN = {
    "a newline": "a\nb",
    "right to left": "a\u202eb",
    "a lone surrogate": "a\ud800b",
    "a surrogate pair the wrong way round": "\udc00\ud800",
    "white space alone": " \u3000\u00a0 ",
    "too long": "a" * 201,
    "longer in NFC": "\u0958",
}
TEXTS = [(VEND, "reason"), (NAME, "name"), (OPEN, "client"), (ENROL, "label")]
TEXTS += [(route, "reason") for route in BODIES if route.endswith("revoke")]


# All fields of free text share one type; each has its own longest length.
@every(
    "route, name, what",
    [
        *[(VEND, "reason", what) for what in UNSEEN],
        *[
            (route, name, what)
            for route, name in TEXTS[1:]
            for what in ("right to left", "too long", "longer in NFC")
        ],
    ],
    api=fresh_api,
)
def test_free_text_holds_nothing_unseen(api: Api, route: str, name: str, what: str) -> None:
    text = UNSEEN[what]
    if what == "longer in NFC":  # too long only after composition
        text *= 150 if name == "reason" else 45
    assert bad(api, route, name, text) == "bad-value"


@every("route, name", TEXTS, api=fresh_api)
def test_a_tab_in_free_text_is_read_as_a_space(api: Api, route: str, name: str) -> None:
    """People paste text from tables, and a tab does not end a line."""
    prepare(api.world, route)
    body = BODIES[route] | {name: "\ta\tlost  laptop\t"}

    answer = ask(api, route, "member" if route == VEND else "lead", body=body)

    assert answer.status < 300, answer.text
    kept = f"{answer.text}{[entry.details for entry in api.world.entries]}"
    assert "a lost  laptop" in kept
    assert "\\t" not in kept


@every("route, name", TEXTS, api=fresh_api)
def test_free_text_holds_no_token(api: Api, route: str, name: str) -> None:
    """The token would stay on the trail, where every lead and auditor reads it."""
    token = token_text_of("al")
    for text in (token, f"use {token}, please", token[:40]):
        answer = refused(api, route, body=BODIES[route] | {name: text[:60]})
        assert (answer.reason, answer.json["field"]) == ("bad-value", name)
        assert token[:20] not in answer.text


@every("text", ["Zoë O’Hara", "山田 太郎", 'J. "Al" Smith <&> Co. (100 %)'], api=fresh_api)
def test_free_text_can_be_in_any_language(api: Api, text: str) -> None:
    answer = ask(api, NAME, "lead", body=BODIES[NAME] | {"name": f" {text} "})

    assert answer.json["name"] == text
