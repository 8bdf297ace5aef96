"""Each fix of the local AWS works, and is needed: without it, the same probe fails.

If the second test fails, a new ministack no longer needs the fix: delete the fix and its probe.
"""

from tests.local.aws import (
    probes_of_roles,
    probes_of_services,
    probes_of_streams,
    probes_of_tables,
    test_dynamodb_policies,
    test_managed_policies,
)
from tests.rows import every

PROBES = {
    **probes_of_roles.probe,
    **probes_of_services.probe,
    **probes_of_streams.probe,
    **probes_of_tables.probe,
    **test_managed_policies.probe,
    **test_dynamodb_policies.probe,
}


@every("name", PROBES)
def test_the_fixed_local_aws_behaves_as_aws_does(aws, name):
    assert PROBES[name](aws)


@every("name", PROBES)
def test_ministack_still_needs_the_fix(ministack, name):
    assert not PROBES[name](ministack), f"ministack now handles {name}: delete the fix"
