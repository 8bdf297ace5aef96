"""Validate free text from people, so that Daypass stores no secrets and no invisible characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import partial
from typing import Annotated, Any

from msgspec import Meta

from chalicelib.domain.values import build_constraints

# The prefixes of API tokens and enrolment codes. Secret scanners find leaked ones by them.
TOKEN_PREFIX = "daypass"
ENROLMENT_PREFIX = f"{TOKEN_PREFIX}_enrol"
# Stored text is permanent, so it must not contain a secret or a large part of one. A link to a
# client's page and an access link have 52 letters and digits.
PART_OF_A_TOKEN = re.compile(rf"{TOKEN_PREFIX}_(?:enrol_)?[a-z0-9-]+_[0-9A-Za-z]{{8}}", re.ASCII)
PART_OF_A_LINK = re.compile(r"[a-z2-7]{36}", re.ASCII | re.IGNORECASE)
_SECRETS = {
    PART_OF_A_TOKEN: "a token or an enrolment code",
    PART_OF_A_LINK: "part of a Daypass link",
}

# Letters, symbols and marks that display as nothing. A name made of these would look empty.
_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc\U00013441\U00013442\U00016fe4\U0001d159"
)


def constrain_line(longest: int) -> Meta:
    """Return the constraints of a field with one line of free text, for `Annotated`.

    The text must have a letter, a digit or a symbol. It must not have control, format or private
    characters, line breaks, tokens or Daypass links. It is normalised to Unicode form C without
    surrounding white space. A tab becomes a space.
    """
    return build_constraints(
        f"text of at most {longest} characters",
        parser=partial(_parse_line, longest),
        min_length=1,
        max_length=longest,
    )


def constrain_multiline_text(longest: int) -> Meta:
    """Return the constraints of a field with text of any number of lines, such as a policy that AWS
    parses."""
    return build_constraints(
        f"text of at most {longest} characters", min_length=1, max_length=longest
    )


def _parse_line(longest: int, unverified: Any) -> str:
    """Return the normalised line. Raise ValueError, with a message for the caller, if it is
    invalid."""
    if not isinstance(unverified, str) or len(unverified) > longest:
        raise ValueError(f"This must be text of at most {longest} characters.")
    text = unicodedata.normalize("NFC", unverified.replace("\t", " ")).strip()
    if len(text) > longest:  # a few characters are longer in NFC
        raise ValueError(f"This must be text of at most {longest} characters.")
    if any(_is_invisible(character) for character in text):
        raise ValueError("This must be one line, without control or invisible characters.")
    # Marks and variation selectors modify another character and show nothing alone.
    if not any(unicodedata.category(character)[0] in "LNS" for character in text):
        raise ValueError("This must be text with a letter, a digit or a symbol in it.")
    if secret := find_secret(text):
        raise ValueError(f"This text contains {secret}, which must not be recorded. Remove it.")
    return text


def find_secret(text: str) -> str:
    """Return the kind of secret that the text contains, such as "part of a Daypass link"; empty if
    the text contains none."""
    return next((name for pattern, name in _SECRETS.items() if pattern.search(text)), "")


def _is_invisible(character: str) -> bool:
    """Return whether the character is a control, format or private one, a line break, or blank."""
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp") or character in _BLANK


ReasonLine = Annotated[str, constrain_line(200)]
ReasonText = Annotated[
    ReasonLine,
    Meta(description="The reason, in your own words. The trail records it."),
]
PersonName = Annotated[str, constrain_line(80), Meta(description="The person's name.")]
ClientName = Annotated[str, constrain_line(80), Meta(description="The client's name.")]
TokenLabel = Annotated[
    str,
    constrain_line(60),
    Meta(description="A label for the token, such as the name of the machine that holds it."),
]


def truncate(value: str, longest: int) -> str:
    """Return the text. If it is longer than `longest`, cut it to that length, with an ellipsis at
    the end."""
    return value if len(value) <= longest else value[: longest - 1] + "…"


def join_words(words: Iterable[str]) -> str:
    """Return the words as a list in a sentence, such as "a lead, bob and the client", or "a lead or
    bob, and the client"."""
    *first, last = (*words,) or ("no one",)
    joint = ", and" if any(" or " in word for word in first) else " and"
    return f"{', '.join(first)}{joint} {last}" if first else last


def count_of(number: int, noun: str, plural: str = "") -> str:
    """Return the number with the noun, such as `1 session` or `2 sessions`. The plural ends in "s"
    unless it is given."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
