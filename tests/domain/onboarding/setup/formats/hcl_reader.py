"""A strict reader of the part of Terraform's language that Daypass generates.

The source is "HCL Native Syntax Specification". Code in a text is an error. An expression that is
no constant becomes a `Reference`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r"(?P<skip>[ \t\n]+|#[^\n]*)|(?P<name>[A-Za-z_][\w.-]*)|(?P<number>-?\d+)"
    r"|(?P<sign>==|[{}()\[\]=,])"
)
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
    reader = _Reader(text)
    settings, blocks = reader.body(until="")
    return Block((), settings, blocks)


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0

    def take(self, *signs: str) -> tuple[str, Any]:
        kind, value = self.tokens[self.at]
        if signs and (kind != "sign" or value not in signs):
            raise ValueError(f"{value!r} instead of {signs}")
        self.at += 1
        return kind, value

    def sees(self, sign: str) -> bool:
        return bool(self.tokens[self.at] == ("sign", sign))

    def body(self, until: str) -> tuple[dict[str, Any], tuple[Block, ...]]:
        settings: dict[str, Any] = {}
        blocks = []
        while not self.sees(until):
            kind, name = self.take()
            if kind != "name" or name in settings:
                raise ValueError(f"{name!r} is no setting or block, or is repeated")
            if self.sees("="):
                self.take("=")
                settings[name] = self.expression()
                continue
            labels = [name]
            while self.tokens[self.at][0] == "text":
                labels.append(self.take()[1])
            self.take("{")
            blocks.append(Block(tuple(labels), *self.body(until="}")))
        self.take(until)
        return settings, tuple(blocks)

    def expression(self) -> Any:
        kind, value = self.take()
        if kind in ("text", "number"):
            return value
        if kind == "sign" and value in "{[":
            return self.members(value)
        if kind != "name":
            raise ValueError(f"{value!r} is no expression")
        if value in ("true", "false"):
            return value == "true"
        if self.sees("("):
            self.take("(")
            inner = self.expression()
            self.take(")")
            return {value: inner}
        if self.sees("=="):
            self.take("==")
            return (Reference(value), self.expression())
        return Reference(value)

    def members(self, opening: str) -> Any:
        closing = {"{": "}", "[": "]"}[opening]
        pairs, values = {}, []
        while not self.sees(closing):
            if opening == "{":
                key = self.expression()
                self.take("=")
                if not isinstance(key, str) or key in pairs:
                    raise ValueError(f"{key!r} is no key, or is repeated")
                pairs[key] = self.expression()
            else:
                values.append(self.expression())
                if not self.sees(closing):
                    self.take(",")
        self.take(closing)
        return pairs if opening == "{" else values


def _tokens(text: str) -> Any:
    at = 0
    while at < len(text):
        if text[at] == '"':
            value, at = _quoted(text, at + 1)
            yield "text", value
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"not HCL at {text[at : at + 20]!r}")
        at = match.end()
        if match.lastgroup == "number":
            yield "number", int(match[0])
        elif match.lastgroup != "skip":
            yield match.lastgroup, match[0]
    yield "sign", ""


def _quoted(text: str, at: int) -> tuple[str, int]:
    parts = []
    while text[at] != '"':
        if text[at] == "\n":
            raise ValueError("a quoted text ends on its line")
        if text[at] == "\\":
            width = {"u": 4, "U": 8}.get(text[at + 1], 0)
            if width:
                parts.append(chr(int(text[at + 2 : at + 2 + width], 16)))
            else:
                parts.append(_ESCAPES[text[at + 1]])
            at += 2 + width
        elif text[at : at + 3] in ("$${", "%%{"):
            if parts and text[at - 1] == text[at]:
                raise ValueError("three signs in a row are read in more than one way")
            parts.append(text[at + 1 : at + 3])
            at += 3
        elif text[at : at + 2] in ("${", "%{"):
            raise ValueError("code in a text")
        else:
            parts.append(text[at])
            at += 1
    return "".join(parts), at + 1
