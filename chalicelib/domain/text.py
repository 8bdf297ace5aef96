"""Validate free text from people, so that Daypass stores no secrets and no invisible characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
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

# Names stand in the subjects and first sentences of e-mails. Each pattern is something that mail
# programs make a link of, or show in another way than Daypass stored it. It is compiled when it is
# first used: a function that starts needs none.
_NOT_IN_A_NAME: Mapping[str, str] = {
    r"=\?": 'must not contain "=?", because mail programs decode what follows.',
    "@": 'must not contain an @, because mail programs make links of addresses. Write "at".',
    r"(?i)://|\bwww\.": "must not be a web address. Remove what"
    ' mail programs make a link of, such as "www.".',
    r"\w\.[^\W\d_]{2}": 'must have a space after each full stop, as in "J. Smith",'
    ' or leave it out, as in "Acme io": mail programs make a link of "acme.io".',
    r"(?:\d\D?){7}": "must not have more than six digits in a row, because mail programs make links"
    " of phone numbers.",
}
_NAME_PUNCTUATION = frozenset(" !\"#$%&'()*+,-./;<=>?[]^_`{|}~’‘“”„«»–—·・、（）°®©€£¥§¡¿ªº")
_LATIN_IN_NAMES = "[A-Za-zÀ-ÖØ-öø-ıĴ-ľŁ-ňŊ-žƏƠơƯưǍ-ǜǞ-ǣǦ-ǰǴǵǸ-țȞȟȦ-ȳəḀ-ẙẞẠ-ỹ]"
"""The Latin letters that today's languages write. Phonetic letters look like others."""
_MARKS_IN_NAMES = frozenset("\u0300\u0301\u0302\u0303\u0304\u0308\u030a\u030c\u0323\u0327\u0328")
_SCRIPT_NAMES = {"CJK": "HAN", "IDEOGRAPHIC": "HAN", "KATAKANA-HIRAGANA": "KATAKANA"}
_MIXABLE_SCRIPTS = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
"""The scripts that one name can have together, by the profile Highly Restrictive of Unicode's
Technical Standard 39."""


def constrain_name(longest: int) -> Meta:
    """Return the constraints of a field with the name of a person or a company.

    It is a line like `constrain_line`'s, in one script or in a usual mixture such as Latin and Han,
    so that no name looks like another. Mail programs make no link of it.
    """
    return build_constraints(
        f"a name of at most {longest} characters",
        parser=partial(_parse_name, longest),
        min_length=1,
        max_length=longest,
    )


def _parse_name(longest: int, unverified: Any) -> str:
    """Return the normalised name. Raise ValueError, with a message for the caller, if it is
    invalid."""
    text = _parse_line(longest, unverified)
    for pattern, problem in _NOT_IN_A_NAME.items():
        if re.search(pattern, text):
            raise ValueError(f"The name {problem}")
    # Pass each character with the one before it. Before the first one stands a space.
    scripts = frozenset(filter(None, map(_find_script, text, f" {text}")))
    if len(scripts) > 1 and not any(scripts <= mixable for mixable in _MIXABLE_SCRIPTS):
        names = join_words(sorted(script.title() for script in scripts))
        raise ValueError(
            f"The name must be in one alphabet. It has letters of {names}, and some of them look"
            " alike. Type the name again, without copying it."
        )
    return text


def _find_script(character: str, previous: str) -> str:
    """Return the script of a letter or mark, such as `LATIN`. Return "" for punctuation,
    ASCII digits and marks that several scripts use. Raise ValueError for a character that a name
    cannot have. `previous` is the character before it, or a space.

    A name in letters of two scripts can look like another person's name, so the caller compares the
    scripts. Python's standard library has no table of scripts. The function therefore takes the
    first word of the character's Unicode name as the script, such as CYRILLIC in CYRILLIC SMALL
    LETTER A.
    """
    if character in _NAME_PUNCTUATION or "0" <= character <= "9":
        return ""
    if character in _MARKS_IN_NAMES and unicodedata.category(previous)[0] == "L":
        return ""
    script, _, _ = unicodedata.name(character, "").partition(" ")
    is_plain = (
        unicodedata.category(character)[0] in "LM"
        and unicodedata.normalize("NFKC", character) == character
    )
    # COMBINING is the first word in the Unicode names of marks. The pattern matches only letters,
    # so it refuses these marks. The marks that a name can have were handled above.
    is_usual = script not in ("LATIN", "COMBINING") or re.match(_LATIN_IN_NAMES, character)
    if not is_plain or not is_usual:
        raise ValueError(
            f'The name must have only letters, digits and usual punctuation, without "{character}".'
        )
    return _SCRIPT_NAMES.get(script, script)


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
        raise ValueError(f"Enter at most {longest} characters.")
    text = unicodedata.normalize("NFC", unverified.replace("\t", " ")).strip()
    if len(text) > longest:  # a few characters are longer in NFC
        raise ValueError(f"Enter at most {longest} characters.")
    if any(_is_invisible(character) for character in text):
        raise ValueError("Enter a single line of text, without control or invisible characters.")
    # Marks and variation selectors modify another character and show nothing alone.
    if not any(unicodedata.category(character)[0] in "LNS" for character in text):
        raise ValueError("Enter text with at least one letter, digit or symbol.")
    if secret := find_secret(text):
        raise ValueError(f"This text contains {secret}, which must not be recorded. Remove it.")
    return text


def find_secret(text: str) -> str:
    """Return the kind of secret that the text contains, such as "part of a Daypass link". Return an
    empty text if it contains none."""
    return next((name for pattern, name in _SECRETS.items() if pattern.search(text)), "")


def _is_invisible(character: str) -> bool:
    """Return whether the character is a control, format or private one, a line break, or blank."""
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp") or character in _BLANK


class Tone(StrEnum):
    """How a page marks a state, always beside its word."""

    GOOD = "good"
    BAD = "bad"
    WAIT = "wait"
    PLAIN = "plain"


ReasonLine = Annotated[str, constrain_line(200)]
ReasonText = Annotated[
    ReasonLine,
    Meta(description="The reason, in your own words. The trail records it."),
]
PersonName = Annotated[str, constrain_name(80), Meta(description="The person's name.")]
ClientName = Annotated[str, constrain_name(80), Meta(description="The client's name.")]
TokenLabel = Annotated[
    str,
    constrain_line(60),
    Meta(description="A label for the token, such as the name of the machine that holds it."),
]


def truncate(value: str, longest: int) -> str:
    """Return the text. If it is longer than `longest`, cut it to that length, with an ellipsis at
    the end."""
    return value if len(value) <= longest else value[: longest - 1] + "…"


LONGEST_VALUE = 64
"""The most characters of a value in a message. No ID has more."""
LONGEST_TEXT = 200
"""The most characters of a longer value: a reason, a list of roles."""


def clean_text(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return the text on one line, with a space for each invisible character, cut to `longest`."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return truncate(" ".join(text.split()), longest)


def isolate(text: str) -> str:
    """Return free text between characters that keep its writing direction from changing the
    sentence around it."""
    return f"\u2068{text}\u2069" if text else ""


def join_words(words: Iterable[str]) -> str:
    """Return the words as a list in a sentence, such as "a lead, bob and the client", or "a lead or
    bob, and the client"."""
    *first, last = (*words,) or ("no one",)
    joint = ", and" if any(" or " in word for word in first) else " and"
    return f"{', '.join(first)}{joint} {last}" if first else last


def count_of(number: int | str, noun: str) -> str:
    """Return the number with the noun, such as `1 session` or `2 sessions`. A number in a trail
    entry is text."""
    return f"{number} {noun}" if number in (1, "1") else f"{number} {noun}s"


def capitalise(text: str) -> str:
    """Return the text with a capital first letter. Unlike `str.capitalize`, keep the others."""
    return text[:1].upper() + text[1:]


def uncapitalise(text: str) -> str:
    """Return the text with a small first letter, to follow other words in a sentence."""
    return text[:1].lower() + text[1:]
