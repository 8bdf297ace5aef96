"""AWS's own lists of actions, as others have collected them: each file names its source."""

from __future__ import annotations

from pathlib import Path


def actions_of(name: str) -> list[str]:
    """The actions of a list, such as `s3:PutBucketPolicy`, in its order."""
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]
