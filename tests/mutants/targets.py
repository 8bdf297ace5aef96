"""The files to mutate, the tests that must find the mutants, and the excused survivors."""

from pathlib import Path

ROOT = Path(__file__).parents[2]

_VEND = [
    "tests/domain/test_tables.py",
    "tests/domain/vending",
    "tests/usecases/vending/test_vend.py",
]
_MEANWHILE = [
    "tests/usecases/vending/test_vend_meanwhile.py",
    "tests/usecases/vending/test_vend.py",
    "tests/usecases/vending/test_revocation_again.py",
    "tests/usecases/vending/test_stopping.py",
    "tests/usecases/vending/test_live_sessions.py",
    "tests/usecases/vending/test_every_interleaving.py",
]
_BY_LINK = [
    "tests/usecases/vending/test_vend_by_link.py",
    "tests/usecases/vending/test_every_interleaving.py",
]
# Access on request: an approved grant is one more item that a vend depends on.
_APPROVED = [
    "tests/usecases/vending/test_given_approvals.py",
    "tests/usecases/requests/test_start_and_end.py",
    "tests/usecases/requests/test_start_by_link.py",
    "tests/usecases/vending/test_every_interleaving_of_access.py",
]
_ENDS = [
    "tests/usecases/vending/test_end_session.py",
    "tests/usecases/vending/test_ends_nothing_else.py",
    "tests/usecases/vending/stops",
    "tests/usecases/vending/cut_offs/test_request.py",
]
_EXPLAINED = [
    "tests/usecases/vending/test_explain_to_caller.py",
    "tests/usecases/onboarding/renewal/test_trust_policies.py",
    "tests/usecases/engagements/test_roles.py",
    "tests/entrypoints/vending/test_refusals.py",
]
_TRAIL = [f"tests/adapters/dynamodb/trail/test_trail_{name}.py" for name in ("queries", "contract")]
_PAGES = [f"tests/adapters/dynamodb/trail/test_trail_{name}.py" for name in ("queries", "pages")]
# The quickest first. The test of faults comes last: it leaves unreadable items.
_STATE = [
    *(
        f"tests/adapters/dynamodb/{name}.py"
        for name in (
            "test_item_keys",
            "test_failures",
            "test_state_requests",
            "test_state_contract",
            "trail/test_trail_queries",
            "test_lists_contract",
            "test_lists_requests",
            "test_round_trips",
        )
    ),
    "tests/adapters/test_faults.py",
]
_STS = [
    "tests/adapters/vending/test_sts_requests.py",
    "tests/adapters/test_bootstrap.py",
    "tests/adapters/vending/test_sts_adapter.py",
    "tests/adapters/vending/test_sts_contract.py",
    "tests/adapters/test_faults.py",
]
_PROVIDERS = ["tests/adapters/people/identity_providers", "tests/adapters/test_bootstrap.py"]

TARGETS: dict[str, list[str]] = {
    "domain/vending/access.py": [*_VEND, *_BY_LINK],
    "domain/vending/access_links.py": [*_VEND, *_BY_LINK],
    "domain/vending/withholding.py": [*_VEND, *_MEANWHILE],
    "domain/vending/vends.py": [
        "tests/domain/test_secrets.py",
        *_VEND,
        *_MEANWHILE,
        *_APPROVED,
        *_ENDS,
    ],
    "domain/vending/sessions.py": [
        *_VEND,
        *_MEANWHILE,
        "tests/usecases/vending/test_watch.py",
        *_ENDS,
        "tests/adapters/dynamodb/test_item_keys.py",
    ],
    "usecases/prober/check_api.py": ["tests/usecases/prober"],
    "usecases/vending/vend.py": [
        *_VEND,
        *_MEANWHILE,
        *_BY_LINK,
        *_APPROVED,
        "tests/usecases/onboarding/renewal/test_trust_policies.py",
    ],
    "usecases/vending/facts.py": [*_VEND, *_MEANWHILE, *_BY_LINK, *_EXPLAINED],
    "usecases/vending/access_links.py": [*_BY_LINK, *_APPROVED],
    "usecases/vending/vend_by_link.py": [
        *_BY_LINK,
        *_APPROVED,
        "tests/entrypoints/vending/test_access_page.py",
    ],
    "usecases/vending/withholding.py": [
        *_MEANWHILE,
        "tests/usecases/engagements",
        "tests/usecases/people/test_tokens.py",
        "tests/usecases/vending/cut_offs/test_request.py",
        "tests/usecases/vending/cut_offs/test_requested_by.py",
        "tests/usecases/requests/client/test_revoked_approvers.py",
    ],
    "usecases/vending/sessions.py": [
        "tests/usecases/vending/test_live_sessions.py",
        "tests/usecases/vending/test_end_session.py",
        "tests/entrypoints/test_lists.py",
        "tests/entrypoints/web/test_now.py",
        "tests/entrypoints/web/test_dead_sessions.py",
        "tests/adapters/dynamodb/test_flood.py",
    ],
    "usecases/vending/watch.py": ["tests/usecases/vending/test_watch.py"],
    "usecases/admission.py": [
        "tests/usecases/test_admission.py",
        "tests/entrypoints/test_matrix.py",
    ],
    "usecases/recording.py": [
        "tests/usecases/test_retry_on_conflict.py",
        "tests/usecases/vending/test_vend.py",
        "tests/usecases/engagements/test_roles.py",
        "tests/usecases/verification/test_verify.py",
        "tests/usecases/test_recording.py",
        "tests/usecases/verification/access_removal/test_access_removal.py",
    ],
    "adapters/people/identity_providers/__init__.py": _PROVIDERS,
    "adapters/people/identity_providers/keys.py": _PROVIDERS,
    "adapters/people/identity_providers/verifier.py": _PROVIDERS,
    "adapters/vending/sts.py": _STS,
    "adapters/vending/cut_off_role.py": [
        "tests/adapters/test_bootstrap.py",
        "tests/adapters/vending/cut_offs/test_requests.py",
        "tests/adapters/vending/cut_offs/test_errors.py",
        "tests/adapters/vending/cut_offs/test_contract.py",
    ],
    "telemetry.py": [
        "tests/adapters/notifications/test_alerts.py",
        "tests/adapters/dynamodb/test_failures.py",
    ],
    "adapters/notifications/alerts.py": ["tests/adapters/notifications/test_alerts.py"],
    "adapters/onboarding/templates.py": [
        "tests/adapters/test_bootstrap.py",
        "tests/adapters/onboarding/test_templates.py",
    ],
    "adapters/dynamodb/batches.py": _STATE,
    "adapters/dynamodb/failures.py": _STATE,
    "adapters/dynamodb/keys.py": _STATE,
    "adapters/dynamodb/trail_pages.py": [*_PAGES, *_TRAIL],
    "adapters/dynamodb/retries.py": ["tests/adapters/test_bootstrap.py", *_STATE],
    "adapters/dynamodb/rows.py": ["tests/adapters/dynamodb/test_failures.py", *_STATE],
    "adapters/dynamodb/state.py": _STATE,
    "adapters/dynamodb/trail.py": [
        *_PAGES,
        *_TRAIL,
        "tests/adapters/dynamodb/test_failures.py",
        "tests/adapters/test_faults.py",
    ],
    "adapters/dynamodb/tables.py": _STATE,
    "adapters/dynamodb/connection.py": ["tests/adapters/test_bootstrap.py", *_STATE],
    "adapters/prober/deployed_api.py": ["tests/adapters/prober/test_deployed_api.py"],
    "adapters/aws_errors.py": [
        "tests/adapters/evidence",
        "tests/adapters/prober/test_parameters.py",
    ],
    "adapters/parameters.py": [
        "tests/adapters/test_bootstrap.py",
        "tests/adapters/prober/test_parameters.py",
    ],
    "adapters/side_by_side.py": ["tests/adapters/test_side_by_side.py"],
    "bootstrap.py": ["tests/adapters/test_bootstrap.py"],
}


def excused() -> dict[str, str]:
    """Return the mutants that no test must find, with the reasons: `<path> <name> -- <reason>`."""
    lines = (Path(__file__).parent / "survivors.txt").read_text(encoding="utf-8").splitlines()
    entries = (line.rpartition(" -- ") for line in lines if line and not line.startswith("#"))
    return {name: reason for name, _, reason in entries}
