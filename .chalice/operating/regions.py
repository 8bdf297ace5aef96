"""Validate the name of an AWS region, as far as the AWS SDK knows."""

from __future__ import annotations

from difflib import get_close_matches


def fault(region: str) -> str | None:
    """Return what is wrong, if no partition of AWS has regions of such a name.

    The pattern decides, and not the list: a region may be newer than the SDK.
    """
    import botocore.session
    from botocore.exceptions import UnknownRegionError

    try:
        botocore.session.get_session().get_partition_for_region(region)
    except UnknownRegionError:
        return f"There is no AWS region {region}. {suggestion(region)}"
    return None


def suggestion(region: str) -> str:
    """Return a question with the nearest region's name, or what such a name looks like."""
    import botocore.session

    session = botocore.session.get_session()
    known = [
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("cloudformation", partition)
    ]
    nearest = get_close_matches(region, known, n=1)
    if region in known:
        return "Are you online?"
    return f"Did you mean {nearest[0]}?" if nearest else "A region's name is like eu-central-1."
