"""Fixes for ministack where it differs from AWS, one subject a module.

Each fix has a test, and a second test that fails when ministack no longer needs the fix.
"""

from __future__ import annotations

from local.aws.fixes import (
    api_domains,
    binary_types,
    bucket_owners,
    conditional_puts,
    conflicts,
    event_history,
    failed_stacks,
    iam_requests,
    key_conditions,
    mail_senders,
    managed_policies,
    running_functions,
    signing_keys,
    simulator,
    source_functions,
    stack_logs,
    stack_roles,
    stack_tables,
    stage_limits,
    stream_mappings,
    table_policies,
    web_acls,
)
from local.aws.fixes.policies import (
    conditions,
    delays,
    denials,
    leading_keys,
    organizations,
    request_context,
)
from local.aws.fixes.roles import assume_role, descriptions, sessions, trust_documents


def apply() -> None:
    """Apply every fix to the ministack in this process."""
    request_context.apply()
    organizations.apply()
    leading_keys.apply()
    conditions.apply()
    denials.apply()
    sessions.apply()
    assume_role.apply()
    trust_documents.apply()
    descriptions.apply()
    stack_roles.apply()
    stack_logs.apply()
    stack_tables.apply()
    failed_stacks.apply()
    table_policies.apply()
    source_functions.apply()
    iam_requests.apply()
    mail_senders.apply()
    simulator.apply()
    event_history.apply()
    managed_policies.apply()
    delays.apply()
    conflicts.apply()
    bucket_owners.apply()
    conditional_puts.apply()
    signing_keys.apply()
    running_functions.apply()
    stream_mappings.apply()
    web_acls.apply()
    stage_limits.apply()
    api_domains.apply()
    binary_types.apply()
    key_conditions.apply()
