"""Split a text that someone typed in Slack into tokens.

Daypass must recognise a word although phones replace quotes and dashes, people set words in bold,
and Slack has its own notation for mentions and links ("Formatting message text", docs.slack.dev).
"""

from __future__ import annotations

import re
import unicodedata

from chalicelib.domain.values import Value

# With `should_escape`, Slack writes a mention as <@U123|name>, a channel as <#C123|name>, a link as
# <https://example.com|example.com>. It escapes any `&`, `<` and `>` that people type, so only Slack
# can write these.
_MENTION = re.compile(r"<@([A-Z][A-Z0-9]{1,30})(?:\|([^<>]*))?>", re.ASCII)
_WRITTEN_BY_SLACK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
# What Slack shows before a name: of a channel, a group such as @here, or a malformed mention.
_SHOWN_PREFIX = {"#": "#", "!": "@", "@": "@@"}

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_QUOTES = "\"'`´‘’‚‛“”„‟«»‹›"
_SURROUNDING = f"{_QUOTES}*_~()[]{{}}.,;:!?…-"
"""Characters around a token that are no part of it: no ID, date or duration begins or ends with
one of them."""


class TypedToken(Value):
    """One word of a typed text."""

    text: str
    """The word as typed, with mentions and escapes resolved."""
    plain: str
    """The word in lowercase, without the punctuation around it, for comparison. Empty if the word
    is only punctuation, such as a dash."""
    mentions: str = ""
    """The Slack user's ID, if the token is a mention."""


def tokenize(text: str) -> list[TypedToken]:
    """Return the tokens of the text: its words, without invisible characters, and without quotes
    or marks of bold around the whole text."""
    visible = "".join(c for c in text if c.isspace() or not _is_invisible(c))
    whole = _WRITTEN_BY_SLACK.sub(_resolve_notation, visible).strip()
    while len(whole) > 1 and whole[0] in f"{_QUOTES}*_~" and whole[-1] == whole[0]:
        whole = whole[1:-1].strip()
    return [_build_token(piece) for piece in whole.split()]


def strip_punctuation(text: str) -> str:
    """Return the text without the punctuation around it, and with a hyphen for each dash."""
    return text.translate(_DASHES).strip(_SURROUNDING)


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs")


def _resolve_notation(notation: re.Match[str]) -> str:
    """Return the text that replaces Slack's notation. A mention of a member stays in Slack's
    notation, but without spaces in its name. Other notation becomes the text that Slack shows:
    `<#C123|general>` becomes `#general`, `<!here>` becomes `@here`, and
    `<https://example.com|our site>` becomes `our site`.

    People choose their names in Slack, so a malformed mention must not become a member's name. It
    begins with `@@`, and no name does.
    """
    if mention := _MENTION.fullmatch(notation[0]):
        return f"<@{mention[1]}|{''.join((mention[2] or '').split())}>"
    # The first part of the notation, such as `#C123`, and the name after `|`, if there is one.
    kind, name = notation[1][:1], notation[2] or notation[1][1:]
    if kind in _SHOWN_PREFIX:  # for a malformed mention, the prefix is `@@`
        return _SHOWN_PREFIX[kind] + name
    return notation[2] or notation[1]


def _build_token(piece: str) -> TypedToken:
    """Return the token for a piece of text without white space."""
    mention = _MENTION.fullmatch(piece.strip(_SURROUNDING))
    text = _unescape(_MENTION.sub(lambda match: f"@{match[2] or match[1]}", piece))
    plain = strip_punctuation(text)
    return TypedToken(
        text=text,
        # Convert only ASCII to lowercase: other letters may become letters that were not typed.
        plain=plain.lower() if plain.isascii() else plain,
        mentions=mention[1] if mention else "",
    )


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
