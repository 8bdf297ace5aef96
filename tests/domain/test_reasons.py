"""Reasons: stable codes, each with a sentence for every surface where people read it."""

import ast
import itertools
import re
from pathlib import Path

from chalicelib.domain import errors
from chalicelib.domain.errors import DaypassError, InvalidRequest, Unavailable, bad_value
from chalicelib.domain.reasons import ACCESS_LINK_REASONS, TOKEN_REASONS, Reason, Surface
from tests.rows import every

SOURCE = Path(errors.__file__).parents[1]
PEOPLE = [surface for surface in Surface if surface is not Surface.API]
MORE_SENTENCES = {Reason.LEAD_HAS_TOKEN: 3}
"""Operators read it, and have three things to choose from."""
IN_SLACK_ONLY = ACCESS_LINK_REASONS | {Reason.SLACK_UNBOUND, Reason.BINDING_CODE_REFUSED}
"""Reasons that only a command in Slack can help with, wherever they are read."""
NAMES_A_ROUTE = re.compile(r'/v1/|\b(?:GET|POST|PATCH)\b|"|Authorization|/openapi')
SENTENCE_END = re.compile(r"(?<=[.…]) (?=[A-Z])")

every_text = every("reason, surface", list(itertools.product(Reason, Surface)))


def test_each_reason_has_its_own_sentence():
    assert len({reason.text(Surface.API) for reason in Reason}) == len(Reason)


def test_a_code_is_lowercase_words_with_hyphens():
    assert [reason for reason in Reason if not re.fullmatch("[a-z]+(-[a-z]+)*", reason)] == []


@every_text
def test_a_text_is_short_and_contains_no_value(reason, surface):
    text = reason.text(surface)
    assert re.fullmatch(r"[A-Z][^\n]{10,}[.…]", text)
    assert not re.search(r"[{}%<>]|\d{12}", text)
    sentences = SENTENCE_END.split(text)
    assert len(sentences) <= MORE_SENTENCES.get(reason, 2)
    assert max(len(sentence.split()) for sentence in sentences) <= 25


@every_text
def test_only_the_api_names_routes_and_fields(reason, surface):
    if surface is not Surface.API:
        assert not NAMES_A_ROUTE.search(reason.text(surface))


@every_text
def test_slack_commands_are_named_where_people_can_type_them(reason, surface):
    came_from_slack = surface is Surface.PAGE and reason in TOKEN_REASONS  # with an access link
    if surface is not Surface.SLACK and reason not in IN_SLACK_ONLY and not came_from_slack:
        assert "/daypass " not in reason.text(surface)


@every(
    "surface, advice",
    [
        (Surface.API, "GET /v1/access"),
        (Surface.COMMAND, "Type daypass ls"),
        (Surface.SHELL, "Check its name"),
        (Surface.SLACK, "/daypass list"),
        (Surface.PAGE, "Ask your lead"),
    ],
)
def test_a_text_says_what_to_do_on_its_surface(surface, advice):
    assert advice in Reason.NOT_A_MEMBER.text(surface)


def test_an_error_has_its_reasons_text_on_every_surface():
    for reason in Reason:
        error = DaypassError(reason)
        assert [error.text(surface) for surface in Surface] == [
            reason.text(surface) for surface in Surface
        ]
        assert error.detail == reason.text(Surface.API)
        assert str(error) == f"{reason}: {error.detail}"


def test_an_error_can_have_a_detail_and_a_field():
    error = InvalidRequest(Reason.BAD_VALUE, "A token lives long.", field="expires_at")
    assert (error.detail, error.field) == ("A token lives long.", "expires_at")
    assert {error.text(surface) for surface in Surface} == {"A token lives long."}


def test_a_detail_for_the_api_has_another_text_elsewhere():
    error = bad_value("members", 'Send "members".', elsewhere="Name members.")
    assert error.text(Surface.API) == error.detail == 'Send "members".'
    assert {error.text(surface) for surface in PEOPLE} == {"Name members."}


def _calls_with_a_detail():
    """Yield every call that makes an error, with the place where it is."""
    makers = {name for name in vars(errors) if name[0].isupper()} | {"bad_value", "refusal"}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in makers:
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", node


def test_a_detail_that_names_a_route_or_a_field_has_another_text_elsewhere():
    names_a_route = re.compile(r'/v1/|\b(?:GET|POST|PATCH)\b|"[a-z_{}]+"')
    without = [
        position
        for position, call in _calls_with_a_detail()
        if any(names_a_route.search(_text(argument)) for argument in call.args)
        and "elsewhere" not in {keyword.arg for keyword in call.keywords}
    ]
    assert without == []


def _text(argument):
    """Return the literal text in an argument, with `{}` for each value."""
    if isinstance(argument, ast.JoinedStr):
        return "".join(map(_text, argument.values))
    if isinstance(argument, ast.Subscript):
        return _text(argument.value)
    if isinstance(argument, ast.FormattedValue):
        return "{}"
    return argument.value if isinstance(getattr(argument, "value", None), str) else ""


def test_only_a_passing_failure_has_a_retry_after():
    assert Unavailable(Reason.AWS_THROTTLED).retry_after == 2
    assert Unavailable(Reason.SETTING_INVALID).retry_after == 300
    assert not hasattr(DaypassError, "retry_after")
