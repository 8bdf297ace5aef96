"""The expected owner of a bucket, which a request to Amazon S3 can name."""

from __future__ import annotations

from typing import Any

from ministack.services import s3

_EXPECTED = "x-amz-expected-bucket-owner"


def apply() -> None:
    """Refuse a request if the bucket belongs to another account than the request expects.

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
