"""A strict reader of the part of Terraform's language that Daypass generates, a line at a time.

The source is "HCL Native Syntax Specification". Code in a text is an error. An expression that is
no constant becomes a `Reference`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BLOCK = re.compile(r'(\w+)((?: "[\w-]+")*) \{(\}?)')
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\(.)|([$%])\4\{|[$%]\{")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


@dataclass(frozen=True)
class Reference:
    text: str


@dataclass(frozen=True)
class Block:
    kind: tuple[str, ...]
    settings: dict[str, Any]
    blocks: tuple[Block, ...]


def read(text: str) -> Block:
    """Return the whole file as one block without a kind. ValueError for anything unexpected."""
    lines = (line.strip() for line in text.split("\n"))
    return _read_body((), (line for line in lines if line and not line.startswith("#")))


def _read_body(kind: tuple[str, ...], lines: Iterator[str]) -> Block:
    settings: dict[str, Any] = {}
    blocks = []
    for line in lines:
        if line == "}":
            break
        if (match := _BLOCK.fullmatch(line)) is not None:
            labels = (match[1], *re.findall(r"[\w-]+", match[2]))
            blocks.append(_read_body(labels, iter(()) if match[3] else lines))
            continue
        name, equals, value = line.partition(" = ")
        if not equals or name in settings:
            raise ValueError(f"{line!r} is no setting or block, or is repeated")
        settings[name] = _read_value(value, lines)
    return Block(kind, settings, tuple(blocks))


def _read_value(text: str, lines: Iterator[str]) -> Any:
    if text.endswith("{"):
        pairs: dict[str, Any] = {}
        for line in lines:
            if line.startswith("}"):
                break
            match = _TEXT.match(line)
            if match is None or not line[match.end() :].startswith(" = ") or match[0] in pairs:
                raise ValueError(f"{line!r} has no key, or a repeated one")
            pairs[_unquote(match[1])] = _read_value(line[match.end() + 3 :], lines)
        return {"jsonencode": pairs} if text == "jsonencode({" else pairs
    if text == "[":
        return [_read_value(line.removesuffix(","), lines) for line in iter(lines.__next__, "]")]
    if (match := _TEXT.fullmatch(text)) is not None:
        return _unquote(match[1])
    if " == " in text:
        left, right = text.split(" == ")
        return (Reference(left), _read_value(right, lines))
    return (
        Reference(text) if re.fullmatch(r"[a-z_]+(\.\w+)+|\[policy\]", text) else json.loads(text)
    )


def _unquote(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[1] or match[2]:
            return chr(int(match[1] or match[2], 16))
        if match[3]:
            return _ESCAPES[match[3]]
        if not match[4]:
            raise ValueError("code in a text")
        if match.string[: match.start()].endswith(match[4]):
            raise ValueError("three signs in a row are read in more than one way")
        return match[4] + "{"

    return _ESCAPED.sub(replace, text)
