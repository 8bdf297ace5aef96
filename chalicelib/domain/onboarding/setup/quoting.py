"""Text put into another language, as a complete literal that is read back as exactly that text."""

from __future__ import annotations

import re
import textwrap

NAME_MAX = 100  # characters of a name: room is left for the sentence around it
YAML_KEY_MAX = 1_024  # characters as written: what is longer no YAML reader takes for a key

_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# `${` and `%{` begin code in a template. Doubling the sign makes them text; a sign before them
# might be read as doubling it too, so it is written as its number.
_BEGINS_CODE = re.compile(r"[$%]+\{")
_PLAIN_YAML = re.compile(r"[A-Za-z][A-Za-z0-9]*(?::{1,2}[A-Za-z][A-Za-z0-9]*\*?)*", re.ASCII)
# What YAML 1.1 reads as something else than text.
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def on_one_line(name: str) -> str:
    """A name in a comment or a sentence: one line of printable text, 100 characters at most."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    return " ".join(printable.split())[:NAME_MAX].strip()


def for_description(sentence: str) -> str:
    """The sentence with the characters that IAM takes in a description ("CreateRole", IAM API
    Reference). Braces become parentheses: CloudFormation resolves `{{resolve:…}}` in any text.
    """
    taken = (
        character if " " <= character <= "~" or "\xa1" <= character <= "\xff" else "?"
        for character in sentence
    )
    return "".join(taken).replace("{", "(").replace("}", ")")


def comment(*sentences: str) -> str:
    """A comment in YAML, Terraform and sh, folded to fit. Names in the sentences have been through
    `on_one_line`, so that none can end the comment.
    """
    folded = (
        textwrap.wrap(sentence, 96, break_long_words=False, break_on_hyphens=False)
        for sentence in sentences
    )
    return "\n".join(f"# {line}" for lines in folded for line in lines)


def shell(text: str) -> str:
    """For sh, bash and their kin. ValueError for a NUL, which no argument can hold."""
    if "\0" in text:
        raise ValueError("a shell cannot hold a NUL")
    return "'" + text.replace("'", "'\\''") + "'"


def yaml(text: str) -> str:
    """For YAML 1.1, as CloudFormation reads it."""
    if _PLAIN_YAML.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return f'"{_escaped(text)}"'


def hcl(text: str) -> str:
    """For Terraform's language: a quoted template in which nothing is code."""
    return f'"{_BEGINS_CODE.sub(_no_code, _escaped(text))}"'


def _no_code(begins: re.Match[str]) -> str:
    signs = begins[0][:-1]
    return "".join(f"\\u{ord(sign):04x}" for sign in signs[:-1]) + signs[-1] * 2 + "{"


def _escaped(text: str) -> str:
    """In a quoted text of YAML and of Terraform, which agree on these escapes."""
    return "".join(map(_character, text))


def _character(character: str) -> str:
    if character in _ESCAPED or (character.isascii() and character.isprintable()):
        return _ESCAPED.get(character, character)
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
