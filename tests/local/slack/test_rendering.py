"""Messages, as a terminal shows them."""

from __future__ import annotations

from typing import Any

from local.slack.rendering import COLOURED, WIDTH, Rendering
from tests.rows import every


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def shown(*blocks: dict[str, Any], **message: Any) -> str:
    return Rendering({"U0BOB": "bob"}).render({"blocks": list(blocks), **message})


@every(
    "text, shows",
    [
        ("2 * 3 * 4, snake_case_name", "│ 2 * 3 * 4, snake_case_name"),
        ("`/daypass who ENGAGEMENT`", "│ `/daypass who ENGAGEMENT`"),
        ("`a *b* _c_`", "│ `a *b* _c_`"),
        ("a &lt;b&gt; &amp;amp; c", "│ a <b> &amp; c"),
        ("<@U0BOB> and <@U0EVE>", "│ @bob and @U0EVE"),
        ("&lt;@U0BOB&gt;", "│ <@U0BOB>"),
        ("one\ntwo", "│ one\n│ two"),
        ("*Who has access to `acme-prod`*", "│ Who has access to `acme-prod`"),
        ("Type:\n```curl -d '{&lt;}' *x*```", "│ Type:\n│ curl -d '{<}' *x*"),
    ],
)
def test_markup_is_rendered(text: str, shows: str) -> None:
    assert shown(section(text)) == shows


def test_blocks_are_separated_by_blank_lines() -> None:
    by = {"type": "context", "elements": [{"type": "mrkdwn", "text": "by *lena*"}]}
    assert shown(section("one"), by).split("\n") == ["│ one", "│", "│ by lena"]
    assert "'video'" in shown({"type": "video"})  # an unknown type of block
    assert shown(text="*Hello*") == "│ Hello"


def test_buttons_are_numbered_through_all_messages() -> None:
    rendering = Rendering({})
    button = {"type": "button", "text": {"type": "plain_text", "text": "Do it"}, "value": "x"}
    page = {"type": "button", "text": {"text": "Open"}, "url": "https://a.b/c"}
    first = rendering.render({"blocks": [{"type": "actions", "elements": [button, page]}]})
    second = rendering.render({"blocks": [{"type": "actions", "elements": [button]}]})
    assert first == "│ [1] Do it\n│ [2] Open  https://a.b/c"
    assert second == "│ [3] Do it"
    assert rendering.buttons == [button, page, button]


def test_long_lines_are_wrapped_and_words_are_not_broken() -> None:
    url = "https://example.com/" + "x" * 120
    lines = shown(section("word " * 40 + url)).split("\n")
    assert all(len(line) <= WIDTH + 2 for line in lines[:-1])
    assert lines[-1] == f"│ {url}"


def test_a_terminal_has_bold_and_colour() -> None:
    message = {"blocks": [section("*bold* `code`")]}
    assert Rendering({}, COLOURED).render(message) == (
        "\x1b[2m│ \x1b[0m\x1b[1mbold\x1b[0m \x1b[36mcode\x1b[0m"
    )
