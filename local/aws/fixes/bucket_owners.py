"""Whose bucket a request is meant for, where it says so."""

from __future__ import annotations

from typing import Any

from ministack.services import s3

_EXPECTED = "x-amz-expected-bucket-owner"


def apply() -> None:
    """Refuse a request whose bucket is another's than it expects, even if that one would let it in.

    "Verifying bucket ownership with bucket owner condition" (Amazon S3 User Guide).
    """
    scope = s3._apply_bucket_scope

    def scope_of_the_owner(
        method: str, bucket: str, key: str, headers: dict[str, str], *more: Any
    ) -> Any:
        expected = headers.get(_EXPECTED)
        if expected and bucket and s3._bucket_owner_account(bucket) not in (None, expected):
            return s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}")
        return scope(method, bucket, key, headers, *more)

    s3._apply_bucket_scope = scope_of_the_owner
