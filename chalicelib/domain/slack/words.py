"""A text as somebody typed it in Slack, taken apart into words that can be compared.

Telephones turn quotes and dashes into others, people set words in bold, and Slack writes mentions
and links in a way of its own ("Formatting message text", docs.slack.dev).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from chalicelib.domain.text import what_opens_something
from chalicelib.domain.things import Thing

# With `should_escape`, Slack writes a mention as <@U123|name>, a channel as <#C123|name>, a link as
# <https://example.com|example.com>. What somebody typed of `&`, `<` and `>` is escaped, so that
# nobody can type what only Slack writes.
_MENTION = re.compile(r"<@([A-Z][A-Z0-9]{1,30})(?:\|([^<>]*))?>", re.ASCII)
_WRITTEN_BY_SLACK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_SHOWN_AS = {"#": "#", "!": "@", "@": "@@"}

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_QUOTES = "\"'`´‘’‚‛“”„‟«»‹›"
_AROUND = f"{_QUOTES}*_~()[]{{}}.,;:!?…-"
"""What may be set around a word and is no part of it: no id, no date and no span has it there."""

_LONGEST_REPEATED = 40
_REPEATED = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


class Word(Thing, frozen=True, kw_only=True):
    """One word of what was typed."""

    text: str
    """As it stands in a sentence."""
    plain: str
    """As it is compared: in small letters, with nothing around it. Empty for a mere dash."""
    mentions: str = ""
    """The Slack user's id, if it is a mention of somebody."""


def words_of(text: str) -> list[Word]:
    """The words of a text, with nothing in them that is not seen."""
    seen = "".join(c for c in text if c.isspace() or not _is_unseen(c))
    whole = _WRITTEN_BY_SLACK.sub(_in_one_word, seen).strip()
    while len(whole) > 1 and whole[0] in f"{_QUOTES}*_~" and whole[-1] == whole[0]:
        whole = whole[1:-1].strip()
    return [_word(piece) for piece in whole.split()]


def repeatable(word: Word) -> str:
    """The word, set as code, if an answer may repeat it; empty if it could be a mention, a link or
    a secret of ours, or is longer than any id."""
    may_be = (
        not word.mentions
        and len(word.plain) <= _LONGEST_REPEATED
        and _REPEATED.fullmatch(word.plain)
        and not what_opens_something(word.plain)
    )
    return f"`{word.plain}`" if may_be else ""


def nearest(typed: str, known: Sequence[str]) -> str:
    """The one that was most likely meant; empty if it resembles none."""
    import difflib  # of use to nobody but who has mistyped something

    near = difflib.get_close_matches(typed[:_LONGEST_REPEATED], known, n=1)
    return near[0] if near else ""


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs")


def _in_one_word(written: re.Match[str]) -> str:
    """A mention without spaces in its name; of anything else that Slack writes, what it shows.

    What could be a mention and is none becomes no name either: people choose theirs in Slack.
    """
    if mention := _MENTION.fullmatch(written[0]):
        return f"<@{mention[1]}|{''.join((mention[2] or '').split())}>"
    kind, shows = written[1][:1], written[2] or written[1][1:]
    if kind in _SHOWN_AS:
        return _SHOWN_AS[kind] + shows
    return written[2] or written[1]


def _word(piece: str) -> Word:
    mention = _MENTION.fullmatch(piece.strip(_AROUND))
    text = _unescaped(_MENTION.sub(lambda one: f"@{one[2] or one[1]}", piece))
    plain = text.translate(_DASHES).strip(_AROUND)
    return Word(
        text=text,
        # Only ASCII has small letters of its own: others turn into letters that were not typed.
        plain=plain.lower() if plain.isascii() else plain,
        mentions=mention[1] if mention else "",
    )


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
