"""`s3:if-none-match`: whether a put must find no object of its name.

"Enforce conditional writes on Amazon S3 buckets" (Amazon S3 User Guide). ministack makes such puts,
and evaluates policies without the key.
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_actions

_HEADER, _KEY = "if-none-match", "s3:if-none-match"


def apply() -> None:
    """Provide the key to every policy evaluation of a put."""
    build_context = iam_actions.s3_service_context

    def with_condition(
        action: str, query: Any, path: str = "", headers: Any = None, *more: Any
    ) -> dict[str, Any]:
        context: dict[str, Any] = build_context(action, query, path, headers, *more)
        value = (headers or {}).get(_HEADER)
        return context | {_KEY: value} if value and action == "s3:PutObject" else context

    iam_actions.s3_service_context = with_condition
