"""What a role is described as, in an answer that is XML."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from ministack.services import iam


def apply() -> None:
    """Escape it: unmended, no parser reads the answer about a role of "Smith & Sons"."""
    role_xml = iam._role_xml

    def escaped(name: str, *more: Any, **named: Any) -> str:
        described = iam._roles[name].get("Description") or ""
        text: str = role_xml(name, *more, **named)
        return text.replace(f">{described}</Description>", f">{escape(described)}</Description>", 1)

    iam._role_xml = escaped
