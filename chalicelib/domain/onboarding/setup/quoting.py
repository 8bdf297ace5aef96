"""Quote text for sh, YAML and Terraform, so that it reads back as the same text."""

from __future__ import annotations

import re
import textwrap

NAME_MAX = 100  # characters of a name, so that the sentence around it fits too
YAML_KEY_MAX = 1_024  # characters as written: YAML readers accept no longer key

_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# In Terraform `${` and `%{` begin code, and `$${` and `%%{` are text. A further sign before them
# could be read as one of the two, so it becomes a Unicode escape.
_BEGINS_CODE = re.compile(r"[$%]+\{")
_PLAIN_YAML = re.compile(r"[A-Za-z][A-Za-z0-9]*(?::{1,2}[A-Za-z][A-Za-z0-9]*\*?)*", re.ASCII)
# YAML 1.1 does not read these as text.
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def on_one_line(name: str) -> str:
    """Return the name as one line of printable text, of at most 100 characters."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    return " ".join(printable.split())[:NAME_MAX].strip()


def for_description(sentence: str) -> str:
    """Return the sentence without characters that IAM refuses in a description.

    Braces become parentheses, because CloudFormation resolves `{{resolve:…}}` in any text. Other
    refused characters become question marks ("CreateRole", IAM API Reference).
    """
    accepted = (
        character if " " <= character <= "~" or "\xa1" <= character <= "\xff" else "?"
        for character in sentence
    )
    return "".join(accepted).replace("{", "(").replace("}", ")")


def comment(*sentences: str) -> str:
    """Return the sentences as comment lines, which begin with # in YAML, Terraform and sh.

    Names in the sentences must have passed `on_one_line`: a line break would end the comment.
    """
    folded = (
        textwrap.wrap(sentence, 96, break_long_words=False, break_on_hyphens=False)
        for sentence in sentences
    )
    return "\n".join(f"# {line}" for lines in folded for line in lines)


def shell(text: str) -> str:
    """Quote a text for sh and bash. Raise ValueError for a NUL, which no argument can contain."""
    if "\0" in text:
        raise ValueError("a shell argument cannot contain a NUL")
    return "'" + text.replace("'", "'\\''") + "'"


def yaml(text: str) -> str:
    """Quote a text for YAML 1.1, the version that CloudFormation reads."""
    if _PLAIN_YAML.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return f'"{_escaped(text)}"'


def hcl(text: str) -> str:
    """Quote a text for Terraform, so that Terraform evaluates nothing in it."""
    return f'"{_BEGINS_CODE.sub(_as_text, _escaped(text))}"'


def _as_text(opening: re.Match[str]) -> str:
    signs = opening[0][:-1]
    return "".join(f"\\u{ord(sign):04x}" for sign in signs[:-1]) + signs[-1] * 2 + "{"


def _escaped(text: str) -> str:
    """Escape a text for quotes, with escapes that YAML and Terraform share."""
    return "".join(map(_character, text))


def _character(character: str) -> str:
    if character in _ESCAPED or (character.isascii() and character.isprintable()):
        return _ESCAPED.get(character, character)
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
