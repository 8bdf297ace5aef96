"""The description of a role in IAM's XML responses."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from ministack.services import iam


def apply() -> None:
    """Escape the description: ministack's response for "Smith & Sons" is malformed XML."""
    role_xml = iam._role_xml

    def escaped(name: str, *more: Any, **keywords: Any) -> str:
        text = iam._roles[name].get("Description") or ""
        xml: str = role_xml(name, *more, **keywords)
        return xml.replace(f">{text}</Description>", f">{escape(text)}</Description>", 1)

    iam._role_xml = escaped
