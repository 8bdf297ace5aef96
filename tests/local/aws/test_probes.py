"""Each fix of the local AWS works, and is needed: without it, the same probe fails.

If the second test fails, a new ministack no longer needs the fix: delete the fix and its probe.
"""

from __future__ import annotations

from local.endpoint import Endpoint
from tests.local.aws import (
    probes_of_roles,
    probes_of_services,
    test_dynamodb_policies,
    test_managed_policies,
)
from tests.rows import every

PROBES = {
    **probes_of_roles.probe,
    **probes_of_services.probe,
    **test_managed_policies.probe,
    **test_dynamodb_policies.probe,
}


@every("name", PROBES)
def test_the_fixed_local_aws_behaves_as_aws_does(aws: Endpoint, name: str) -> None:
    assert PROBES[name](aws)


@every("name", PROBES)
def test_ministack_still_needs_the_fix(ministack: Endpoint, name: str) -> None:
    assert not PROBES[name](ministack), f"ministack now handles {name}: delete the fix"
