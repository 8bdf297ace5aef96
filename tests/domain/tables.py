"""The rules and the tables that test them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    choose_approved_grant,
    find_free_number,
    list_stops,
    needs_approval,
    take_number,
)
from chalicelib.domain.engagements.client_approvers import (
    ApproverLink,
    ClientApprover,
    is_removed_for_good,
)
from chalicelib.domain.engagements.clients import is_similar_client_name, normalise_client_name
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.life import ends_soon, find_state, lasts_too_long
from chalicelib.domain.engagements.reviews import (
    count_unused_days,
    find_last_use,
    propose_decision,
)
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.firm import Firm
from chalicelib.domain.identifiers import parse_role_arn
from chalicelib.domain.moments import round_up_to_second
from chalicelib.domain.onboarding.links import count_code
from chalicelib.domain.one_time_secrets import Lifetime, OneTimeSecret, StoredSecret
from chalicelib.domain.people.authentication import authenticate
from chalicelib.domain.people.enrolments import find_code_problem, is_presented_code
from chalicelib.domain.people.identities import parse_identity_claims
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.rights import counts_from
from chalicelib.domain.prober.checks import (
    are_distinguishable,
    is_session_in,
    judge_response,
    was_answered,
)
from chalicelib.domain.requests.decisions import (
    build_effective_policy,
    counts_too_late,
    find_approval_problem,
    find_client_approval_problem,
    find_client_decider_problem,
    find_decider_problem,
    find_missing,
    find_opening_problem,
    find_request_problem,
    find_right_begin,
    find_status_problem,
    has_approved,
    has_ended,
    is_approver,
    list_waiting_for,
    select_counting,
    with_approval,
)
from chalicelib.domain.requests.emergencies import find_emergency_problem, find_review_problem
from chalicelib.domain.requests.outcomes import find_decided_request
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.shortening import list_choices
from chalicelib.domain.vending.access import decide_access
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.blocks import (
    Block,
    LiftRequest,
    add_lock,
    find_block_reason,
)
from chalicelib.domain.vending.cut_off.cut_offs import _covers
from chalicelib.domain.vending.first_use import find_grant_to_start
from chalicelib.domain.vending.intents import group_by_vend
from chalicelib.domain.vending.sessions import find_alive_sessions, find_issued_status
from chalicelib.domain.vending.withholding import depends_on, find_withhold_reason
from chalicelib.domain.verification.cut_off_checks import judge_cut_off_probes
from chalicelib.domain.verification.diagnosis import are_causes_certain, infer_causes
from chalicelib.domain.verification.probe_variants import (
    combine_outcomes,
    find_required_attributes,
    find_vend_variant,
)
from chalicelib.domain.verification.proof import (
    complete_results,
    find_worst_outcome,
    grade_results,
    is_role_safe,
    judge_probes,
)
from chalicelib.domain.verification.schedule import (
    find_next_due_time,
    is_full_check_due,
    list_due_checks,
)
from chalicelib.domain.verification.wrong_ids import (
    list_forms_to_try,
    list_wrong_ids,
    swap_letter_case,
)
from tests.domain.engagements import approved_grants_table as approved
from tests.domain.engagements.clients_table import NORMALISED, SIMILAR
from tests.domain.engagements.engagements_table import (
    ACCEPTED,
    CURRENT,
    LAST_CHECK,
    OPEN,
    OVER,
    OVERRIDDEN,
    PROVEN,
    REPORTED,
)
from tests.domain.engagements.life_table import ENDS_SOON, LENGTHS, STATES
from tests.domain.engagements.reviews_table import LAST_USES, PROPOSED, UNUSED
from tests.domain.people.enrolments_table import FLAWS, IS_FOR, LEADING
from tests.domain.people.identities_table import IDENTITY_TOKENS
from tests.domain.prober.checks_table import ANSWERED, DISTINGUISHABLE, SESSION_IN, VERDICTS
from tests.domain.requests import approvers_table as client_approvers
from tests.domain.requests import decisions_table as decisions
from tests.domain.requests import requests_table as requests
from tests.domain.requests.approver_links_table import CHOICES, OPENS_PAGE
from tests.domain.requests.emergencies_table import EMERGENCIES, REVIEWS
from tests.domain.requests.outcomes_table import DECIDED as REQUESTS_DECIDED
from tests.domain.rows import Row
from tests.domain.values.identifiers_table import (
    ARNS,
    CLIENT_ACCOUNTS,
    CLIENT_ROLES,
    ROLES_IN_CLIENT_ACCOUNTS,
)
from tests.domain.values.moments_table import ROUNDED_UP
from tests.domain.values.secrets_table import LIFETIMES, SINGLE_USE, VALIDITY
from tests.domain.vending.access_links_table import BELONGS_TO, BY_LINK, REFUSAL_REASONS
from tests.domain.vending.access_table import AUTHENTICATED, DECIDED
from tests.domain.vending.approved_table import BY_APPROVAL
from tests.domain.vending.blocks_table import BLOCK_REASONS, COUNTED, COUNTS, COVERS, PRESSED
from tests.domain.vending.cut_offs_table import COVERED
from tests.domain.vending.first_use_table import FIRST_USE
from tests.domain.vending.sessions_table import ALIVE, ISSUED_STATUSES, VENDS
from tests.domain.vending.withholding_table import DEPENDS_ON, WITHHOLD_REASONS
from tests.domain.verification.cut_off_table import CUT_OFF_RESULTS
from tests.domain.verification.diagnosis_table import CAUSES, CERTAIN
from tests.domain.verification.proof_table import COMPLETED, GRADED, IS_SAFE, JUDGED, WORST
from tests.domain.verification.schedule_table import DUE, FULL_CHECK, NEXT, RECHECKED
from tests.domain.verification.variants_table import COMBINED, FOR_VENDS, REQUIRED
from tests.domain.verification.wrong_ids_table import OTHER_CASES, TRIED_IN, WRONG_IDS

Rule = Callable[..., Any]
# A rule, the helper function to mutate ("" for the rule itself), the table, and the least number of
# clauses. Without that number, a test that finds no clause would prove nothing.
RULES: list[tuple[Rule, str, list[Row], int]] = [
    (authenticate, "", AUTHENTICATED, 9),
    (authenticate, "find_token_problem", AUTHENTICATED, 6),
    (Member.has_led_continuously_since, "", LEADING, 8),
    (is_presented_code, "", IS_FOR, 2),
    (find_code_problem, "", FLAWS, 9),
    (find_code_problem, "find_problem_without_maker", FLAWS, 3),
    (parse_identity_claims, "", IDENTITY_TOKENS, 20),
    (parse_identity_claims, "_is_audience_accepted", IDENTITY_TOKENS, 4),
    (parse_identity_claims, "_parse_numeric_date", IDENTITY_TOKENS, 5),
    (decide_access, "", DECIDED + BY_LINK + BY_APPROVAL, 63),
    (decide_access, "_choose_session_policy", DECIDED + BY_LINK + BY_APPROVAL, 3),
    (decide_access, "_find_link_problem", DECIDED + BY_LINK + BY_APPROVAL, 8),
    (AccessLink.refusal_reason, "", REFUSAL_REASONS, 1),
    (AccessLink.belongs_to, "", BELONGS_TO, 2),
    (Engagement.is_open, "", OPEN, 6),
    (Engagement.is_over, "", OVER, 4),
    (Engagement.external_ids.fget, "", ACCEPTED, 2),
    (Grant.is_current, "", CURRENT, 6),
    (needs_approval, "", approved.NEEDS_APPROVAL, 2),
    (ApprovedGrant.needs_start.fget, "", approved.NEEDS_START, 2),
    (ApprovedGrant.is_current, "", approved.CURRENT, 8),
    (ApprovedGrant.is_current_or_upcoming, "", approved.CURRENT_OR_UPCOMING, 3),
    (list_stops, "", approved.STOPS, 10),
    (ApprovedGrant.may_open, "", approved.MAY_OPEN, 3),
    (choose_approved_grant, "", approved.CHOICES, 17),
    (find_grant_to_start, "", FIRST_USE, 8),
    (find_free_number, "", approved.FREE_NUMBERS, 6),
    (take_number, "", approved.TAKEN, 2),
    (build_effective_policy, "", requests.EFFECTIVE, 3),
    (is_approver, "", decisions.APPROVERS, 7),
    (find_decider_problem, "", decisions.DECIDERS, 3),
    (find_approval_problem, "", decisions.APPROVALS, 4),
    (find_right_begin, "", decisions.RIGHT_BEGINS, 3),
    (counts_from, "", decisions.COUNTS_FROM, 1),
    (ApprovalPolicy.list_rights, "", decisions.RIGHT_BEGINS_LISTED, 3),
    (ApprovalPolicy.waits_for_a_lead, "", client_approvers.POLICY_WAITS, 2),
    (ClientApprover.counts_from, "", client_approvers.COUNTS_FROM, 5),
    (ClientApprover.waits_for_a_lead, "", client_approvers.APPROVER_WAITS, 2),
    (ClientApprover.responsible_lead.fget, "", client_approvers.RESPONSIBLE, 1),
    (ClientApprover.find_right_problem, "", client_approvers.RIGHT_PROBLEMS, 3),
    (ClientApprover.has_counted, "", client_approvers.HAS_COUNTED, 3),
    (is_removed_for_good, "", client_approvers.REMOVED_FOR_GOOD, 2),
    (Member.leaves_unconfirmed, "", client_approvers.LEAVES_UNCONFIRMED, 1),
    (find_client_decider_problem, "", decisions.CLIENT_DECIDERS, 5),
    (find_client_approval_problem, "", decisions.CLIENT_APPROVALS, 2),
    (find_status_problem, "", decisions.STATUSES, 0),
    (find_request_problem, "", requests.REQUEST_PROBLEMS, 18),
    (has_ended, "", requests.HAS_ENDED, 13),
    (find_opening_problem, "", requests.OPENINGS, 1),
    (select_counting, "", decisions.COUNTING, 0),
    (select_counting, "counts_for_firm", decisions.COUNTING, 5),
    (select_counting, "_counts_for_client", decisions.COUNTING, 4),
    (has_approved, "", decisions.HAS_APPROVED, 2),
    (with_approval, "", decisions.WITH_APPROVAL, 3),
    (find_missing, "", decisions.MISSING, 4),
    (counts_too_late, "", decisions.TOO_LATE, 4),
    (list_waiting_for, "", decisions.WAITING, 10),
    (list_waiting_for, "_limit", decisions.WAITING, 3),
    (ends_soon, "", ENDS_SOON, 5),
    (find_state, "", STATES, 10),
    (lasts_too_long, "", LENGTHS, 2),
    (find_last_use, "", LAST_USES, 6),
    (count_unused_days, "", UNUSED, 3),
    (propose_decision, "", PROPOSED, 3),
    (Role.with_reported_policy_end, "", REPORTED, 4),
    (_covers, "", COVERED, 7),
    (Role.passed_verification, "", PROVEN, 3),
    (Role.current_verification, "", LAST_CHECK, 4),
    (Role.is_overridden, "", OVERRIDDEN, 4),
    (judge_cut_off_probes, "", CUT_OFF_RESULTS, 8),
    (judge_probes, "", JUDGED, 21),
    (complete_results, "", COMPLETED, 10),
    (find_worst_outcome, "", WORST, 2),
    (combine_outcomes, "", COMBINED, 5),
    (find_vend_variant, "", FOR_VENDS, 1),
    (find_required_attributes, "", REQUIRED, 3),
    (list_wrong_ids, "", WRONG_IDS, 9),
    (list_wrong_ids, "list_near_misses", WRONG_IDS, 19),
    (list_forms_to_try, "", TRIED_IN, 10),
    (is_role_safe, "", IS_SAFE, 5),
    (grade_results, "", GRADED, 9),
    (swap_letter_case, "", OTHER_CASES, 2),
    (infer_causes, "", CAUSES, 17),
    (are_causes_certain, "", CERTAIN, 3),
    (find_alive_sessions, "", ALIVE, 5),
    (find_alive_sessions, "_build_session", ALIVE, 10),
    (find_issued_status, "", ISSUED_STATUSES, 3),
    (group_by_vend, "", VENDS, 4),
    (normalise_client_name, "", NORMALISED, 0),
    (is_similar_client_name, "", SIMILAR, 3),
    (depends_on, "", DEPENDS_ON, 12),
    (find_withhold_reason, "", WITHHOLD_REASONS, 23),
    (find_withhold_reason, "_find_agent_reason", WITHHOLD_REASONS, 5),
    (find_withhold_reason, "_find_end_date_reason", WITHHOLD_REASONS, 3),
    (find_withhold_reason, "_find_role_reason", WITHHOLD_REASONS, 15),
    (find_block_reason, "", BLOCK_REASONS, 2),
    (Block.covers, "", COVERS, 1),
    (LiftRequest.is_valid, "", COUNTS, 1),
    (count_code, "", COUNTED, 4),
    (add_lock, "", PRESSED, 6),
    (parse_role_arn, "", ARNS, 5),
    (StoredSecret.find_problem, "", VALIDITY, 3),
    (OneTimeSecret.find_problem, "", SINGLE_USE, 1),
    (Lifetime.choose_end, "", LIFETIMES, 4),
    (Firm.parse_client_role, "", CLIENT_ROLES, 1),
    (Firm.parse_role_in_client_account, "", ROLES_IN_CLIENT_ACCOUNTS, 2),
    (Firm.find_client_account_problem, "", CLIENT_ACCOUNTS, 2),
    (round_up_to_second, "", ROUNDED_UP, 3),
    (find_next_due_time, "", NEXT, 5),
    (is_full_check_due, "", FULL_CHECK, 11),
    (list_due_checks, "", DUE, 2),
    (list_due_checks, "_find_start", DUE, 5),
    (Role.needs_recheck, "", RECHECKED, 4),
    (judge_response, "", VERDICTS, 12),
    (was_answered, "", ANSWERED, 4),
    (is_session_in, "", SESSION_IN, 3),
    (are_distinguishable, "", DISTINGUISHABLE, 5),
    (find_decided_request, "", REQUESTS_DECIDED, 8),
    (find_emergency_problem, "", EMERGENCIES, 15),
    (find_review_problem, "", REVIEWS, 5),
    (ApproverLink.opens_page_of, "", OPENS_PAGE, 3),
    (list_choices, "", CHOICES, 6),
]
