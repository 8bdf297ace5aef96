"""The words of a text that someone typed in Slack, in a form that can be compared.

Phones replace quotes and dashes, people set words in bold, and Slack has its own notation for
mentions and links ("Formatting message text", docs.slack.dev).
"""

from __future__ import annotations

import re
import unicodedata

from chalicelib.domain.text import find_secret
from chalicelib.domain.values import Value

# With `should_escape`, Slack writes a mention as <@U123|name>, a channel as <#C123|name>, a link as
# <https://example.com|example.com>. It escapes any `&`, `<` and `>` that people type, so nobody can
# type what only Slack writes.
_MENTION = re.compile(r"<@([A-Z][A-Z0-9]{1,30})(?:\|([^<>]*))?>", re.ASCII)
_WRITTEN_BY_SLACK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_SHOWN_AS = {"#": "#", "!": "@", "@": "@@"}

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_QUOTES = "\"'`´‘’‚‛“”„‟«»‹›"
_AROUND = f"{_QUOTES}*_~()[]{{}}.,;:!?…-"
"""Characters around a word that are no part of it: no ID, date or duration begins or ends so."""

_LONGEST_REPEATED = 40
_REPEATED = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


class TypedWord(Value, frozen=True, kw_only=True):
    """One word of what someone typed."""

    text: str
    """As it stands in a sentence."""
    plain: str
    """As Daypass compares it: lowercase, without punctuation around it. Empty for a mere dash."""
    mentions: str = ""
    """The Slack user's ID, if the word is a mention."""


def words_of(text: str) -> list[TypedWord]:
    """Return the words of a text, without invisible characters."""
    visible = "".join(c for c in text if c.isspace() or not _is_invisible(c))
    whole = _WRITTEN_BY_SLACK.sub(_in_one_word, visible).strip()
    while len(whole) > 1 and whole[0] in f"{_QUOTES}*_~" and whole[-1] == whole[0]:
        whole = whole[1:-1].strip()
    return [_word(piece) for piece in whole.split()]


def repeatable(word: TypedWord) -> str:
    """Return the word, set as code, if an answer may repeat it. Otherwise return nothing: it may be
    a mention, a link or one of Daypass's secrets, or is longer than any ID."""
    may_repeat = (
        not word.mentions
        and len(word.plain) <= _LONGEST_REPEATED
        and _REPEATED.fullmatch(word.plain)
        and not find_secret(word.plain)
    )
    return f"`{word.plain}`" if may_repeat else ""


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs")


def _in_one_word(written: re.Match[str]) -> str:
    """Return a mention without spaces in its name, and the shown text of Slack's other notations.
    People choose their names in Slack, so that a malformed mention becomes no name either."""
    if mention := _MENTION.fullmatch(written[0]):
        return f"<@{mention[1]}|{''.join((mention[2] or '').split())}>"
    kind, shown = written[1][:1], written[2] or written[1][1:]
    if kind in _SHOWN_AS:
        return _SHOWN_AS[kind] + shown
    return written[2] or written[1]


def _word(piece: str) -> TypedWord:
    mention = _MENTION.fullmatch(piece.strip(_AROUND))
    text = _unescaped(_MENTION.sub(lambda match: f"@{match[2] or match[1]}", piece))
    plain = text.translate(_DASHES).strip(_AROUND)
    return TypedWord(
        text=text,
        # Lowercase ASCII only: other letters may become letters that nobody typed.
        plain=plain.lower() if plain.isascii() else plain,
        mentions=mention[1] if mention else "",
    )


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
