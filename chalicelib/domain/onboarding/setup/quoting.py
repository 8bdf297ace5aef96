"""Quote text for sh, YAML and Terraform, so that it reads back as the same text."""

from __future__ import annotations

import re
import textwrap

MAX_NAME_LENGTH = 100  # so that a role's description has room for a sentence with the name
MAX_YAML_KEY_LENGTH = 1_024  # with quotes and escapes; YAML readers accept no longer key

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# In Terraform `${` and `%{` begin code, and `$${` and `%%{` are text. Terraform could read a
# further $ or % before them as part of the sign, so that character becomes a Unicode escape.
_BEGINS_CODE = re.compile(r"[$%]+\{")
_PLAIN_YAML = re.compile(r"[A-Za-z][A-Za-z0-9]*(?::{1,2}[A-Za-z][A-Za-z0-9]*\*?)*", re.ASCII)
# YAML 1.1 does not read these as text.
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def fit_on_one_line(name: str) -> str:
    """Return the name as one line of printable text, cut to 100 characters."""
    printable = "".join(character if character.isprintable() else " " for character in name)
    return " ".join(printable.split())[:MAX_NAME_LENGTH].strip()


def clean_description(sentence: str) -> str:
    """Return the sentence without characters that IAM refuses in a description.

    Braces become parentheses, because CloudFormation resolves `{{resolve:…}}` in any text. Other
    refused characters become question marks ("CreateRole", IAM API Reference).
    """
    accepted = (
        character if " " <= character <= "~" or "\xa1" <= character <= "\xff" else "?"
        for character in sentence
    )
    return "".join(accepted).replace("{", "(").replace("}", ")")


def format_comment(*sentences: str) -> str:
    """Return the sentences as comment lines, which begin with # in YAML, Terraform and sh.

    Names in the sentences must have passed `fit_on_one_line`: a line break would end the comment.
    """
    folded = (
        textwrap.wrap(sentence, 96, break_long_words=False, break_on_hyphens=False)
        for sentence in sentences
    )
    return "\n".join(f"# {line}" for lines in folded for line in lines)


def quote_for_shell(text: str) -> str:
    """Return the text quoted for sh and bash. Raise ValueError for the character NUL, which no
    argument of a command can contain."""
    if "\0" in text:
        raise ValueError("a shell argument cannot contain the character NUL")
    return "'" + text.replace("'", "'\\''") + "'"


def quote_for_yaml(text: str) -> str:
    """Return the text for YAML 1.1, the version that CloudFormation reads. Quote it unless YAML
    reads it as the same text without quotes."""
    if _PLAIN_YAML.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return f'"{_escape(text)}"'


def quote_for_terraform(text: str) -> str:
    """Return the text quoted for Terraform, so that Terraform evaluates nothing in it."""
    return f'"{_BEGINS_CODE.sub(_escape_opening, _escape(text))}"'


def _escape_opening(opening: re.Match[str]) -> str:
    """Return the beginning of Terraform code, such as `${`, written as plain text."""
    signs = opening[0][:-1]
    return "".join(f"\\u{ord(sign):04x}" for sign in signs[:-1]) + signs[-1] * 2 + "{"


def _escape(text: str) -> str:
    """Return the text as it is written between quotes, with escapes that YAML and Terraform
    share."""
    return "".join(map(_escape_character, text))


def _escape_character(character: str) -> str:
    """Return the character, or its escape if it is special, invisible or not ASCII."""
    if character in _ESCAPES or (character.isascii() and character.isprintable()):
        return _ESCAPES.get(character, character)
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
