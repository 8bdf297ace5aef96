"""Messages, as a terminal shows them."""

from local.slack.rendering import COLOURED, WIDTH, Rendering
from tests.golden import hold_against_file

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Do it"}, "value": "x"}
PAGE = {"type": "button", "text": {"text": "Open"}, "url": "https://a.b/c"}
LONG_URL = "https://example.com/" + "x" * 120


def section(text):
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


MESSAGES = [
    *({"blocks": [section(text)]} for text in (
        "2 * 3 * 4, snake_case_name",
        "`/daypass who ENGAGEMENT`",
        "`a *b* _c_`",
        "a &lt;b&gt; &amp;amp; c",
        "<@U0BOB> and <@U0EVE>",
        "&lt;@U0BOB&gt;",
        "one\ntwo",
        "*Who has access to `acme-prod`*",
        "Type:\n```curl -d '{&lt;}' *x*```",
        "word " * 40 + LONG_URL,
    )),
    {"blocks": [section("one"), {"type": "context", "elements": [section("by *lena*")["text"]]}]},
    {"blocks": [{"type": "video"}]},  # an unknown type of block
    {"text": "*Hello*"},
    # Buttons are numbered through all messages.
    {"blocks": [{"type": "actions", "elements": [BUTTON, PAGE]}]},
    {"blocks": [{"type": "actions", "elements": [BUTTON]}]},
]  # fmt: skip


def test_each_message_is_shown_as_the_file_says():
    rendering = Rendering({"U0BOB": "bob"})
    shown = [rendering.render({"blocks": []} | message) for message in MESSAGES]
    assert rendering.buttons == [BUTTON, PAGE, BUTTON]
    text = "\n\n".join(shown)
    assert all(len(line) <= WIDTH + 2 or LONG_URL in line for line in text.splitlines())
    coloured = Rendering({}, COLOURED).render({"blocks": [section("*bold* `code`")]})
    hold_against_file("slack/terminal.txt", f"{text}\n\n{coloured!r}")
