"""AWS's lists of actions, from collections of others. Each file names its source."""

from pathlib import Path


def actions_of(name: str) -> list[str]:
    """Return the actions of a list, such as `s3:PutBucketPolicy`, in its order."""
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]
