"""Why Daypass says no: stable words for machines, each with a sentence for people."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """One reason for a refusal. The value never changes once it has been released."""

    TOKEN_MISSING = "token-missing"
    TOKEN_MALFORMED = "token-malformed"
    TOKEN_UNKNOWN = "token-unknown"
    TOKEN_EXPIRED = "token-expired"
    TOKEN_REVOKED = "token-revoked"
    IDENTITY_TOKEN_REFUSED = "identity-token-refused"
    IDENTITY_TOKEN_EXPIRED = "identity-token-expired"
    IDENTITY_UNKNOWN = "identity-unknown"
    IDENTITY_OF_MANY = "identity-of-many"

    ENROLMENT_REFUSED = "enrolment-refused"
    MEMBER_SUSPENDED = "member-suspended"
    LEAD_ONLY = "lead-only"
    LEAD_OR_AUDITOR_ONLY = "lead-or-auditor-only"

    NOT_A_MEMBER = "not-a-member"
    ENGAGEMENT_REVOKED = "engagement-revoked"
    ENGAGEMENT_CLOSED = "engagement-closed"
    GRANT_NOT_CURRENT = "grant-not-current"
    ROLE_NOT_GRANTED = "role-not-granted"
    ROLE_UNVERIFIED = "role-unverified"
    ROLE_CLOSED_TO_LINKS = "role-closed-to-links"
    REASON_REQUIRED = "reason-required"
    DURATION_TOO_LONG = "duration-too-long"
    ENDS_TOO_SOON = "ends-too-soon"

    ACCESS_LINK_REQUIRED = "access-link-required"
    ACCESS_LINK_UNKNOWN = "access-link-unknown"
    ACCESS_LINK_USED = "access-link-used"
    ACCESS_LINK_REVOKED = "access-link-revoked"
    ACCESS_LINK_EXPIRED = "access-link-expired"

    MALFORMED_BODY = "malformed-body"
    UNKNOWN_FIELD = "unknown-field"
    MISSING_FIELD = "missing-field"
    BAD_VALUE = "bad-value"
    BODY_TOO_LARGE = "body-too-large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    NO_SUCH_ROUTE = "no-such-route"
    BAD_REQUEST = "bad-request"
    TOO_MANY_REQUESTS = "too-many-requests"
    TIMED_OUT = "timed-out"
    ROLE_IN_ANOTHER_ACCOUNT = "role-in-another-account"
    ACCOUNT_IS_OUR_OWN = "account-is-our-own"
    ACCOUNT_IS_OURS_TOO = "account-is-ours-too"
    ROLE_IN_ANOTHER_PARTITION = "role-in-another-partition"
    ENDS_BEFORE_IT_STARTS = "ends-before-it-starts"
    AUDITOR_CANNOT_ENTER = "auditor-cannot-enter"

    NO_SUCH_MEMBER = "no-such-member"
    NO_SUCH_TOKEN = "no-such-token"
    NO_SUCH_ENROLMENT = "no-such-enrolment"
    NO_SUCH_ENGAGEMENT = "no-such-engagement"
    NO_SUCH_ROLE = "no-such-role"
    NO_SUCH_GRANT = "no-such-grant"
    NO_SUCH_LINK = "no-such-link"
    NO_SUCH_PAGE = "no-such-page"
    NO_SUCH_FILE = "no-such-file"
    LAUNCH_NOT_SET_UP = "launch-not-set-up"

    ALREADY_EXISTS = "already-exists"
    ALREADY_ENDED = "already-ended"
    NOT_ENDED = "not-ended"
    CHANGED_MEANWHILE = "changed-meanwhile"
    ROTATION_UNDER_WAY = "rotation-under-way"
    TOO_MANY_ROTATIONS = "too-many-rotations"
    TOO_MANY_ROLES = "too-many-roles"
    EXTERNAL_ID_TAKEN = "external-id-taken"
    CHECKED_JUST_NOW = "checked-just-now"
    LAST_LEAD = "last-lead"
    TOO_MANY_LEADS = "too-many-leads"
    TOO_MANY_GRANTS = "too-many-grants"
    LEAD_EXISTS = "lead-exists"
    NO_SUCH_LEAD = "no-such-lead"
    LEAD_HAS_TOKEN = "lead-has-token"
    IDENTITY_TAKEN = "identity-taken"
    NO_TEXT_TO_ROTATE = "no-text-to-rotate"

    SLACK_NOT_SET_UP = "slack-not-set-up"
    SLACK_SIGNATURE_REFUSED = "slack-signature-refused"
    SLACK_STRANGER = "slack-stranger"
    SLACK_UNBOUND = "slack-unbound"
    SLACK_USER_TAKEN = "slack-user-taken"
    BINDING_CODE_REFUSED = "binding-code-refused"
    DELIVERED_TWICE = "delivered-twice"
    QUESTION_GONE = "question-gone"

    ROLE_REFUSED_US = "role-refused-us"
    AWS_REJECTED = "aws-rejected"
    AWS_THROTTLED = "aws-throttled"
    AWS_UNREACHABLE = "aws-unreachable"
    RECORDS_UNAVAILABLE = "records-unavailable"
    PROVIDER_UNREACHABLE = "identity-provider-unreachable"
    SERVED_ELSEWHERE = "served-elsewhere"
    SETTING_INVALID = "setting-invalid"
    BUG = "internal-error"


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

SENTENCES: dict[Reason, str] = {
    Reason.TOKEN_MISSING: "Send your API token: Authorization: Bearer daypass_…",
    Reason.TOKEN_MALFORMED: "This is not a whole Daypass token. Copy it again, all of it.",
    Reason.TOKEN_UNKNOWN: "Daypass does not know this token. Ask your lead for an enrolment code.",
    Reason.TOKEN_EXPIRED: "This token has expired. Ask your lead for an enrolment code.",
    Reason.TOKEN_REVOKED: "This token has been revoked. Ask your lead for an enrolment code.",
    Reason.IDENTITY_TOKEN_REFUSED: (
        "This identity token is not taken: it is not whole, or not signed by a provider that this"
        " Daypass trusts, or meant for somebody else. Get one for Daypass's audience."
    ),
    Reason.IDENTITY_TOKEN_EXPIRED: (
        "This identity token has expired. Sign in again with your identity provider."
    ),
    Reason.IDENTITY_UNKNOWN: (
        "Your identity provider knows you, but no member has this identity, or has it any more. Ask"
        " your lead for an enrolment code, and send both to POST /v1/enrol/identity."
    ),
    Reason.IDENTITY_OF_MANY: (
        "This identity is a role's, which several people may use. Sign in as somebody: as an IAM"
        " user, or with an identity provider that names people."
    ),
    Reason.ENROLMENT_REFUSED: (
        "This code is not taken: it is wrong, or has been used, replaced or withdrawn, or has"
        " expired. If you have not used it yourself, somebody else may have: tell your lead, who"
        " can send you another."
    ),
    Reason.MEMBER_SUSPENDED: "Your access to Daypass is suspended. Talk to your lead.",
    Reason.LEAD_ONLY: "Only a lead may do this.",
    Reason.LEAD_OR_AUDITOR_ONLY: "Only a lead or an auditor may read this.",
    Reason.NOT_A_MEMBER: (
        "There is no such engagement, or you are not on it. GET /v1/me/engagements lists yours; ask"
        " your lead for a grant."
    ),
    Reason.ENGAGEMENT_REVOKED: "This engagement has been revoked: nobody gets a new session.",
    Reason.ENGAGEMENT_CLOSED: "This engagement is not open now: it has ended or not begun.",
    Reason.GRANT_NOT_CURRENT: (
        "Your grant for this engagement has ended, been revoked or not begun. Ask your lead."
    ),
    Reason.ROLE_NOT_GRANTED: (
        "There is no such role here, or your grant does not include it. GET /v1/me/engagements"
        " lists yours; ask your lead for another."
    ),
    Reason.ROLE_UNVERIFIED: (
        "This role is not proven safe as it stands: its last check failed, or a lead has yet to"
        " verify it."
    ),
    Reason.ROLE_CLOSED_TO_LINKS: (
        "This role gives no session by an access link. Ask for one with your own token, in a"
        " terminal."
    ),
    Reason.REASON_REQUIRED: 'This role asks why: send "reason", one line in your own words.',
    Reason.DURATION_TOO_LONG: "This role gives shorter sessions. Ask for less, or leave it out.",
    Reason.ENDS_TOO_SOON: (
        "Your grant or the engagement ends in less than the 15 minutes that AWS needs for a"
        " session. Ask your lead to extend it."
    ),
    Reason.ACCESS_LINK_REQUIRED: (
        "Slack says who you are, and gives no session by itself. Ask there for an access link:"
        " /daypass access …"
    ),
    Reason.ACCESS_LINK_UNKNOWN: (
        "This access link is not whole, or no longer known. Ask for another in Slack:"
        " /daypass access …"
    ),
    Reason.ACCESS_LINK_USED: (
        "This access link has been used: it opens once. If it was not you who used it, tell your"
        " lead at once. You can ask for another in Slack: /daypass access …"
    ),
    Reason.ACCESS_LINK_REVOKED: (
        "This access link has been revoked. Ask for another in Slack: /daypass access …"
    ),
    Reason.ACCESS_LINK_EXPIRED: (
        "This access link has expired: it works for five minutes. Ask for another in Slack:"
        " /daypass access …"
    ),
    Reason.MALFORMED_BODY: "The body is not one JSON object in UTF-8.",
    Reason.UNKNOWN_FIELD: "The request has a field that this route does not know.",
    Reason.MISSING_FIELD: "The request lacks a field that this route needs.",
    Reason.BAD_VALUE: "A value in the request is not what this route takes.",
    Reason.BODY_TOO_LARGE: "The body is larger than any request that Daypass takes.",
    Reason.UNSUPPORTED_MEDIA_TYPE: "Send JSON (Content-Type: application/json).",
    Reason.METHOD_NOT_ALLOWED: "This route does not take this method.",
    Reason.NO_SUCH_ROUTE: "There is no such route. GET /openapi.json lists them all.",
    Reason.BAD_REQUEST: "The request is not well-formed HTTP.",
    Reason.TOO_MANY_REQUESTS: "Too many requests at once. Try again in a moment.",
    Reason.TIMED_OUT: "No answer in time. Whether the request took effect is on the trail.",
    Reason.ROLE_IN_ANOTHER_ACCOUNT: "The role's ARN names another account than the engagement's.",
    Reason.ACCOUNT_IS_OUR_OWN: "This is the firm's own account; an engagement is a client's.",
    Reason.ACCOUNT_IS_OURS_TOO: (
        "This is another AWS account of the firm's own; an engagement is a client's."
    ),
    Reason.ROLE_IN_ANOTHER_PARTITION: (
        "The role's ARN is in another AWS partition than Daypass, which cannot assume it."
    ),
    Reason.ENDS_BEFORE_IT_STARTS: "The end has to come after the start, and after now.",
    Reason.AUDITOR_CANNOT_ENTER: "An auditor only reads the trail and cannot be given a grant.",
    Reason.NO_SUCH_MEMBER: "There is no such member.",
    Reason.NO_SUCH_TOKEN: "This member has no such token.",
    Reason.NO_SUCH_ENROLMENT: "This member has no enrolment code.",
    Reason.NO_SUCH_ENGAGEMENT: "There is no such engagement.",
    Reason.NO_SUCH_ROLE: "This engagement has no such role.",
    Reason.NO_SUCH_GRANT: "This member has no grant for this engagement.",
    Reason.NO_SUCH_LINK: "This engagement has no such link.",
    Reason.NO_SUCH_PAGE: (
        "There is no page here: the link is not whole, or has expired or been withdrawn. Ask"
        " whoever sent it to you for a new one."
    ),
    Reason.NO_SUCH_FILE: "There is no such file for this role.",
    Reason.LAUNCH_NOT_SET_UP: (
        "This Daypass is not set up to open the AWS console with the template filled in. The page"
        " has the same template as a file."
    ),
    Reason.ALREADY_EXISTS: "This exists already. Change it instead, or choose another name.",
    Reason.ALREADY_ENDED: "This has ended already; nothing was changed.",
    Reason.NOT_ENDED: "This has not ended; nothing was changed.",
    Reason.CHANGED_MEANWHILE: "Somebody changed this at the same moment. Look again and retry.",
    Reason.ROTATION_UNDER_WAY: (
        "The external ID is being rotated already. Once the client has the new trust policy, a"
        " check takes it further."
    ),
    Reason.TOO_MANY_ROTATIONS: (
        "This engagement has had 20 other external IDs, all of which every check tries."
        " Close it, and open another."
    ),
    Reason.TOO_MANY_ROLES: (
        "An engagement has 20 roles at most, ended ones included. Use an ended one's name again."
    ),
    Reason.EXTERNAL_ID_TAKEN: (
        "Another engagement has this external ID, or had it once. Open a new engagement, which"
        " gets an external ID of its own, and send the client its link."
    ),
    Reason.CHECKED_JUST_NOW: "This was checked a moment ago. Try again in half a minute.",
    Reason.LAST_LEAD: "This is the last active lead. Make another lead first.",
    Reason.TOO_MANY_GRANTS: (
        "An engagement has 500 current grants at most. Revoke one that is no longer needed first."
    ),
    Reason.TOO_MANY_LEADS: "Daypass has 50 active leads at most. Somebody has to step down first.",
    Reason.LEAD_EXISTS: "Daypass has its first lead already; further leads are made by a lead.",
    Reason.NO_SUCH_LEAD: (
        "Nobody of this ID leads or has led, and nobody else is made a lead by this."
    ),
    Reason.LEAD_HAS_TOKEN: (
        "A lead has a token that works: ask them for an enrolment code. If every token of every"
        ' lead is lost, send "lost": true (make recover-lead LOST=1), which revokes them. If the'
        ' other leads are not to be trusted, send "others": "suspend" (OTHERS=suspend), which'
        " suspends them."
    ),
    Reason.IDENTITY_TAKEN: (
        "This identity is a member's already. Sign in with it; or revoke it first, among the"
        " member's tokens."
    ),
    Reason.NO_TEXT_TO_ROTATE: (
        "You came with your identity provider's word, which has no token's text to put another in"
        " the place of. Whoever may not come in with it any more: revoke it."
    ),
    Reason.SLACK_NOT_SET_UP: "This Daypass is not set up for Slack.",
    Reason.SLACK_SIGNATURE_REFUSED: (
        "This request is not signed as Slack signs it, or was signed more than five minutes ago."
    ),
    Reason.SLACK_STRANGER: (
        "You are of another Slack workspace than this Daypass. Only its own people are answered."
    ),
    Reason.SLACK_UNBOUND: (
        "Daypass does not know whose this Slack user is. Type /daypass link, and enter the code"
        " with your own token."
    ),
    Reason.SLACK_USER_TAKEN: (
        "This Slack user is another member's already. They, or a lead, can revoke that first, among"
        " their tokens."
    ),
    Reason.BINDING_CODE_REFUSED: (
        "This code is not taken: it is wrong, has been used, or is older than ten minutes. Type"
        " /daypass link in Slack for another."
    ),
    Reason.DELIVERED_TWICE: (
        "This has come from Slack before, and was taken up then. Nothing was done again. If nothing"
        " came of it, type it again."
    ),
    Reason.QUESTION_GONE: (
        "This question can no longer be answered. Type the command again, and look at what it says"
        " now."
    ),
    Reason.ROLE_REFUSED_US: (
        "AWS says that the client's role does not let Daypass in. Ask your lead to verify it."
    ),
    Reason.AWS_REJECTED: "AWS did not accept the request for this role. Ask a lead to verify it.",
    Reason.AWS_THROTTLED: "AWS is throttling Daypass. Try again in a moment.",
    Reason.AWS_UNREACHABLE: "AWS did not answer in time. Try again in a moment.",
    Reason.RECORDS_UNAVAILABLE: (
        "Daypass cannot reach its records, so it does nothing. Try again in a moment."
    ),
    Reason.PROVIDER_UNREACHABLE: (
        "The identity provider did not give its keys in time, so nobody can be recognised by its"
        " word. Try again in a moment, or use an API token."
    ),
    Reason.SERVED_ELSEWHERE: (
        "Daypass is being updated, and this part of it does not serve that. Try again in a moment."
    ),
    Reason.SETTING_INVALID: (
        "A setting that this needs is invalid, so Daypass has turned this off. Tell the operator,"
        " whose alarm names the setting."
    ),
    Reason.BUG: "Something broke on our side. Give the operator the request id.",
}
