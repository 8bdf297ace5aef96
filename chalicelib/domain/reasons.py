"""Why Daypass says no: stable words for machines, each with a sentence for people."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Reason(StrEnum):
    """One reason for a refusal. The value never changes once it has been released.

    It is declared as the value, a colon and the sentence.
    """

    sentence: str

    def __new__(cls, declared: str) -> Self:
        value, _, text = declared.partition(": ")
        reason = str.__new__(cls, value)
        reason._value_, reason.sentence = value, text
        return reason

    TOKEN_MISSING = "token-missing: Send your API token: Authorization: Bearer daypass_…"
    TOKEN_MALFORMED = (
        "token-malformed: This is not a whole Daypass token. Copy it again, all of it."
    )
    TOKEN_UNKNOWN = (
        "token-unknown: Daypass does not know this token. Ask your lead for an enrolment code."
    )
    TOKEN_EXPIRED = "token-expired: This token has expired. Ask your lead for an enrolment code."
    TOKEN_REVOKED = (
        "token-revoked: This token has been revoked. Ask your lead for an enrolment code."
    )
    IDENTITY_TOKEN_REFUSED = (
        "identity-token-refused: This identity token is not taken: it is not whole, or not signed"
        " by a provider that this Daypass trusts, or meant for somebody else. Get one for Daypass's"
        " audience."
    )
    IDENTITY_TOKEN_EXPIRED = (
        "identity-token-expired: This identity token has expired. Sign in again with your identity"
        " provider."
    )
    IDENTITY_UNKNOWN = (
        "identity-unknown: Your identity provider knows you, but no member has this identity, or"
        " has it any more. Ask your lead for an enrolment code, and send both to POST"
        " /v1/enrol/identity."
    )
    IDENTITY_OF_MANY = (
        "identity-of-many: This identity is a role's, which several people may use. Sign in as"
        " somebody: as an IAM user, or with an identity provider that names people."
    )

    ENROLMENT_REFUSED = (
        "enrolment-refused: This code is not taken: it is wrong, or has been used, replaced or"
        " withdrawn, or has expired. If you have not used it yourself, somebody else may have: tell"
        " your lead, who can send you another."
    )
    MEMBER_SUSPENDED = "member-suspended: Your access to Daypass is suspended. Talk to your lead."
    LEAD_ONLY = "lead-only: Only a lead may do this."
    LEAD_OR_AUDITOR_ONLY = "lead-or-auditor-only: Only a lead or an auditor may read this."

    NOT_A_MEMBER = (
        "not-a-member: There is no such engagement, or you are not on it. GET /v1/me/engagements"
        " lists yours; ask your lead for a grant."
    )
    ENGAGEMENT_REVOKED = (
        "engagement-revoked: This engagement has been revoked: nobody gets a new session."
    )
    ENGAGEMENT_CLOSED = (
        "engagement-closed: This engagement is not open now: it has ended or not begun."
    )
    GRANT_NOT_CURRENT = (
        "grant-not-current: Your grant for this engagement has ended, been revoked or not begun."
        " Ask your lead."
    )
    ROLE_NOT_GRANTED = (
        "role-not-granted: There is no such role here, or your grant does not include it. GET"
        " /v1/me/engagements lists yours; ask your lead for another."
    )
    ROLE_UNVERIFIED = (
        "role-unverified: This role is not proven safe as it stands: its last check failed, or a"
        " lead has yet to verify it."
    )
    ROLE_CLOSED_TO_LINKS = (
        "role-closed-to-links: This role gives no session by an access link. Ask for one with your"
        " own token, in a terminal."
    )
    REASON_REQUIRED = (
        'reason-required: This role asks why: send "reason", one line in your own words.'
    )
    DURATION_TOO_LONG = (
        "duration-too-long: This role gives shorter sessions. Ask for less, or leave it out."
    )
    ENDS_TOO_SOON = (
        "ends-too-soon: Your grant or the engagement ends in less than the 15 minutes that AWS"
        " needs for a session. Ask your lead to extend it."
    )

    ACCESS_LINK_REQUIRED = (
        "access-link-required: Slack says who you are, and gives no session by itself. Ask there"
        " for an access link: /daypass access …"
    )
    ACCESS_LINK_UNKNOWN = (
        "access-link-unknown: This access link is not whole, or no longer known. Ask for another in"
        " Slack: /daypass access …"
    )
    ACCESS_LINK_USED = (
        "access-link-used: This access link has been used: it opens once. If it was not you who"
        " used it, tell your lead at once. You can ask for another in Slack: /daypass access …"
    )
    ACCESS_LINK_REVOKED = (
        "access-link-revoked: This access link has been revoked. Ask for another in Slack: /daypass"
        " access …"
    )
    ACCESS_LINK_EXPIRED = (
        "access-link-expired: This access link has expired: it works for five minutes. Ask for"
        " another in Slack: /daypass access …"
    )

    MALFORMED_BODY = "malformed-body: The body is not one JSON object in UTF-8."
    UNKNOWN_FIELD = "unknown-field: The request has a field that this route does not know."
    MISSING_FIELD = "missing-field: The request lacks a field that this route needs."
    BAD_VALUE = "bad-value: A value in the request is not what this route takes."
    BODY_TOO_LARGE = "body-too-large: The body is larger than any request that Daypass takes."
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type: Send JSON (Content-Type: application/json)."
    METHOD_NOT_ALLOWED = "method-not-allowed: This route does not take this method."
    NO_SUCH_ROUTE = "no-such-route: There is no such route. GET /openapi.json lists them all."
    BAD_REQUEST = "bad-request: The request is not well-formed HTTP."
    TOO_MANY_REQUESTS = "too-many-requests: Too many requests at once. Try again in a moment."
    TIMED_OUT = "timed-out: No answer in time. Whether the request took effect is on the trail."
    ROLE_IN_ANOTHER_ACCOUNT = (
        "role-in-another-account: The role's ARN names another account than the engagement's."
    )
    ACCOUNT_IS_OUR_OWN = (
        "account-is-our-own: This is the firm's own account; an engagement is a client's."
    )
    ACCOUNT_IS_OURS_TOO = (
        "account-is-ours-too: This is another AWS account of the firm's own; an engagement is a"
        " client's."
    )
    ROLE_IN_ANOTHER_PARTITION = (
        "role-in-another-partition: The role's ARN is in another AWS partition than Daypass, which"
        " cannot assume it."
    )
    ENDS_BEFORE_IT_STARTS = (
        "ends-before-it-starts: The end has to come after the start, and after now."
    )
    AUDITOR_CANNOT_ENTER = (
        "auditor-cannot-enter: An auditor only reads the trail and cannot be given a grant."
    )

    NO_SUCH_MEMBER = "no-such-member: There is no such member."
    NO_SUCH_TOKEN = "no-such-token: This member has no such token."
    NO_SUCH_ENROLMENT = "no-such-enrolment: This member has no enrolment code."
    NO_SUCH_ENGAGEMENT = "no-such-engagement: There is no such engagement."
    NO_SUCH_ROLE = "no-such-role: This engagement has no such role."
    NO_SUCH_GRANT = "no-such-grant: This member has no grant for this engagement."
    NO_SUCH_LINK = "no-such-link: This engagement has no such link."
    NO_SUCH_PAGE = (
        "no-such-page: There is no page here: the link is not whole, or has expired or been"
        " withdrawn. Ask whoever sent it to you for a new one."
    )
    NO_SUCH_FILE = "no-such-file: There is no such file for this role."
    LAUNCH_NOT_SET_UP = (
        "launch-not-set-up: This Daypass is not set up to open the AWS console with the template"
        " filled in. The page has the same template as a file."
    )

    ALREADY_EXISTS = (
        "already-exists: This exists already. Change it instead, or choose another name."
    )
    ALREADY_ENDED = "already-ended: This has ended already; nothing was changed."
    NOT_ENDED = "not-ended: This has not ended; nothing was changed."
    CHANGED_MEANWHILE = (
        "changed-meanwhile: Somebody changed this at the same moment. Look again and retry."
    )
    ROTATION_UNDER_WAY = (
        "rotation-under-way: The external ID is being rotated already. Once the client has the new"
        " trust policy, a check takes it further."
    )
    TOO_MANY_ROTATIONS = (
        "too-many-rotations: This engagement has had 20 other external IDs, all of which every"
        " check tries. Close it, and open another."
    )
    TOO_MANY_ROLES = (
        "too-many-roles: An engagement has 20 roles at most, ended ones included. Use an ended"
        " one's name again."
    )
    EXTERNAL_ID_TAKEN = (
        "external-id-taken: Another engagement has this external ID, or had it once. Open a new"
        " engagement, which gets an external ID of its own, and send the client its link."
    )
    CHECKED_JUST_NOW = (
        "checked-just-now: This was checked a moment ago. Try again in half a minute."
    )
    LAST_LEAD = "last-lead: This is the last active lead. Make another lead first."
    TOO_MANY_LEADS = (
        "too-many-leads: Daypass has 50 active leads at most. Somebody has to step down first."
    )
    TOO_MANY_GRANTS = (
        "too-many-grants: An engagement has 500 current grants at most. Revoke one that is no"
        " longer needed first."
    )
    LEAD_EXISTS = (
        "lead-exists: Daypass has its first lead already; further leads are made by a lead."
    )
    NO_SUCH_LEAD = (
        "no-such-lead: Nobody of this ID leads or has led, and nobody else is made a lead by this."
    )
    LEAD_HAS_TOKEN = (
        "lead-has-token: A lead has a token that works: ask them for an enrolment code. If every"
        ' token of every lead is lost, send "lost": true (make recover-lead LOST=1), which revokes'
        ' them. If the other leads are not to be trusted, send "others": "suspend"'
        " (OTHERS=suspend), which suspends them."
    )
    IDENTITY_TAKEN = (
        "identity-taken: This identity is a member's already. Sign in with it; or revoke it first,"
        " among the member's tokens."
    )
    NO_TEXT_TO_ROTATE = (
        "no-text-to-rotate: You came with your identity provider's word, which has no token's text"
        " to put another in the place of. Whoever may not come in with it any more: revoke it."
    )

    SLACK_NOT_SET_UP = "slack-not-set-up: This Daypass is not set up for Slack."
    SLACK_SIGNATURE_REFUSED = (
        "slack-signature-refused: This request is not signed as Slack signs it, or was signed more"
        " than five minutes ago."
    )
    SLACK_STRANGER = (
        "slack-stranger: You are of another Slack workspace than this Daypass. Only its own people"
        " are answered."
    )
    SLACK_UNBOUND = (
        "slack-unbound: Daypass does not know whose this Slack user is. Type /daypass link, and"
        " enter the code with your own token."
    )
    SLACK_USER_TAKEN = (
        "slack-user-taken: This Slack user is another member's already. They, or a lead, can revoke"
        " that first, among their tokens."
    )
    BINDING_CODE_REFUSED = (
        "binding-code-refused: This code is not taken: it is wrong, has been used, or is older than"
        " ten minutes. Type /daypass link in Slack for another."
    )
    DELIVERED_TWICE = (
        "delivered-twice: This has come from Slack before, and was taken up then. Nothing was done"
        " again. If nothing came of it, type it again."
    )
    QUESTION_GONE = (
        "question-gone: This question can no longer be answered. Type the command again, and look"
        " at what it says now."
    )

    ROLE_REFUSED_US = (
        "role-refused-us: AWS says that the client's role does not let Daypass in. Ask your lead to"
        " verify it."
    )
    AWS_REJECTED = (
        "aws-rejected: AWS did not accept the request for this role. Ask a lead to verify it."
    )
    AWS_THROTTLED = "aws-throttled: AWS is throttling Daypass. Try again in a moment."
    AWS_UNREACHABLE = "aws-unreachable: AWS did not answer in time. Try again in a moment."
    RECORDS_UNAVAILABLE = (
        "records-unavailable: Daypass cannot reach its records, so it does nothing. Try again in a"
        " moment."
    )
    PROVIDER_UNREACHABLE = (
        "identity-provider-unreachable: The identity provider did not give its keys in time, so"
        " nobody can be recognised by its word. Try again in a moment, or use an API token."
    )
    SERVED_ELSEWHERE = (
        "served-elsewhere: Daypass is being updated, and this part of it does not serve that. Try"
        " again in a moment."
    )
    SETTING_INVALID = (
        "setting-invalid: A setting that this needs is invalid, so Daypass has turned this off."
        " Tell the operator, whose alarm names the setting."
    )
    BUG = "internal-error: Something broke on our side. Give the operator the request id."


OF_AWS = frozenset(
    {
        Reason.ROLE_REFUSED_US,
        Reason.AWS_REJECTED,
        Reason.AWS_THROTTLED,
        Reason.AWS_UNREACHABLE,
    }
)
"""Those that are AWS's doing when it is asked for credentials, and not a rule's."""

OF_A_TOKEN = frozenset({Reason.TOKEN_UNKNOWN, Reason.TOKEN_EXPIRED, Reason.TOKEN_REVOKED})
"""Those that are a token's own, be it one that has a text or not."""
