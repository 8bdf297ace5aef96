"""Free text: what people may write, and what is kept out of the records."""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import Annotated, Any

from msgspec import Meta

from chalicelib.domain.values import takes

# What every API token begins with, and every enrolment code: secret scanners find a leaked one by
# it.
TOKEN_PREFIX = "daypass"
ENROLMENT_PREFIX = f"{TOKEN_PREFIX}_enrol"
# In a text that is kept either would stand there for good, and so would the most of one: so would
# that of a link, to a client's page or for access, which is 52 such letters and digits.
PART_OF_A_TOKEN = re.compile(rf"{TOKEN_PREFIX}_(?:enrol_)?[a-z0-9-]+_[0-9A-Za-z]{{8}}", re.ASCII)
PART_OF_A_LINK = re.compile(r"[a-z2-7]{36}", re.ASCII | re.IGNORECASE)
_OPENS_SOMETHING = {
    PART_OF_A_TOKEN: "a token or an enrolment code",
    PART_OF_A_LINK: "part of a Daypass link",
}

# What counts as a letter, a symbol or a mark and shows nothing: a name that is made of it would
# look like no name at all.
_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc\U00013441\U00013442\U00016fe4\U0001d159"
)


def line(longest: int) -> Meta:
    """One line of free text, with a letter, a digit or a symbol in it: no control, format or
    private characters, no line breaks, no token, no link of ours.

    It is read in Unicode's normal form C, without white space around it. A tab counts as a space.
    """
    return takes(
        f"text of at most {longest} characters",
        reads=partial(_read_line, longest),
        min_length=1,
        max_length=longest,
    )


def text(longest: int) -> Meta:
    """Text of many lines, to be read by somebody else's grammar."""
    return takes(f"text of at most {longest} characters", min_length=1, max_length=longest)


def _read_line(longest: int, unverified: Any) -> str:
    if not isinstance(unverified, str) or len(unverified) > longest:
        raise ValueError(f"This takes text of at most {longest} characters.")
    text = unicodedata.normalize("NFC", unverified.replace("\t", " ")).strip()
    if len(text) > longest:  # a few characters are longer in NFC
        raise ValueError(f"This takes text of at most {longest} characters.")
    if any(_is_unseen(character) for character in text):
        raise ValueError("This takes one line, without control or invisible characters.")
    # Marks and variation selectors belong to what they are set upon, and are nothing by themselves.
    if not any(unicodedata.category(character)[0] in "LNS" for character in text):
        raise ValueError("This takes text with a letter, a digit or a symbol in it.")
    if what := what_opens_something(text):
        raise ValueError(f"There is {what} in this text. Keep it out of the records.")
    return text


def what_opens_something(text: str) -> str:
    """What there is in a text that is not for everybody who reads it; empty if nothing is."""
    return next((what for part, what in _OPENS_SOMETHING.items() if part.search(text)), "")


def _is_unseen(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp") or character in _BLANK


Why = Annotated[str, line(200), Meta(description="Why, in your own words; it stands on the trail.")]
PersonName = Annotated[str, line(80), Meta(description="The person's name.")]
ClientName = Annotated[str, line(80), Meta(description="The client's name.")]
TokenLabel = Annotated[
    str,
    line(60),
    Meta(description="What the token is for, such as the machine that it is on."),
]


def cut(value: str, longest: int) -> str:
    """Return the value, or as much of it as there is room for."""
    return value if len(value) <= longest else value[: longest - 1] + "…"
