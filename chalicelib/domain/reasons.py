"""Why Daypass refuses a request: a stable code for machines, and sentences for people."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Surface(StrEnum):
    """A place where people read why Daypass refused a request."""

    API = "api"
    """A JSON problem, for callers who know routes and fields."""
    COMMAND = "command"
    """The `daypass` command, which prints the sentence of a JSON problem."""
    SHELL = "shell"
    """A terminal: a format for shells, `credential_process`, or an operator's `make`."""
    SLACK = "slack"
    PAGE = "page"
    """A page in a browser: the client's, or an access link's."""
    WEB = "web"
    """A page of the web console."""


_UNLINKED = (
    "Your Slack account is no longer linked to a Daypass member. To link it again, type /daypass"
    " link in Slack."
)
_SIGN_IN_AGAIN = (
    "The token that you signed in with no longer works. Log in again in a terminal, and type:"
    " daypass web."
)
_LOG_IN = "Ask your lead for an enrolment code, and type: daypass login."


class Reason(StrEnum):
    """One reason for a refusal. Its code never changes after it has been released.

    A reason is declared as text. The first line is `code: sentence`. Every further line is
    `surfaces: sentence`, and its sentence replaces the first one on these surfaces.
    """

    _declared: str

    def __new__(cls, declared: str) -> Self:
        """Return the reason of this declaration."""
        code, _, _ = declared.partition(": ")
        reason = str.__new__(cls, code)
        reason._value_, reason._declared = code, declared
        return reason

    def text(self, surface: Surface) -> str:
        """Return the sentence for people who read it on this surface."""
        # Read only now: a function that starts needs none of the sentences.
        (_, text), *others = (line.split(": ", 1) for line in self._declared.split("\n"))
        return next((own for surfaces, own in others if surface in surfaces.split()), text)

    TOKEN_MISSING = (
        "token-missing: No API token was sent. If you have none, ask your lead for an enrolment"
        " code."
        "\napi: The request has no API token. Send it in the Authorization header: Bearer daypass_…"
        f"\ncommand: No API token was sent. {_LOG_IN}"
    )
    TOKEN_MALFORMED = (
        "token-malformed: The API token is mistyped or incomplete. Copy the whole token again."
        f"\ncommand: The stored API token is damaged. {_LOG_IN}"
    )
    TOKEN_UNKNOWN = (
        "token-unknown: Daypass does not recognise this token. Ask your lead for an enrolment code."
        f"\ncommand: Daypass does not recognise this token. {_LOG_IN}"
        f"\nslack page: {_UNLINKED}"
        f"\nweb: {_SIGN_IN_AGAIN}"
    )
    TOKEN_EXPIRED = (
        "token-expired: This token has expired. Ask your lead for an enrolment code."
        f"\ncommand: This token has expired. {_LOG_IN}"
        f"\nslack page: {_UNLINKED}"
        f"\nweb: {_SIGN_IN_AGAIN}"
    )
    TOKEN_REVOKED = (
        "token-revoked: This token has been revoked. Ask your lead for an enrolment code."
        f"\ncommand: This token has been revoked. {_LOG_IN}"
        f"\nslack page: {_UNLINKED}"
        f"\nweb: {_SIGN_IN_AGAIN}"
    )
    IDENTITY_TOKEN_REFUSED = (
        "identity-token-refused: Daypass does not accept this identity token: it is malformed, not"
        " signed by a trusted provider, or for another audience. Get a new token for"
        " Daypass's audience."
    )
    IDENTITY_TOKEN_EXPIRED = (
        "identity-token-expired: This identity token has expired. Sign in again with your identity"
        " provider."
        "\ncommand: This identity token has expired. Get a new one from your identity provider, and"
        " type: daypass login ADDRESS --identity."
    )
    IDENTITY_UNKNOWN = (
        "identity-unknown: This identity does not belong to a member. Ask your lead for an"
        " enrolment code."
        "\napi: This identity does not belong to a member. Ask your lead for an enrolment code, and"
        " send it with your identity token to POST /v1/enrol/identity."
        "\nweb: This identity does not belong to a member. Ask your lead for an enrolment code,"
        " sign in again, and type the code under the button."
        "\ncommand: This identity does not belong to a member. Ask your lead for an enrolment code,"
        " and type: daypass login ADDRESS --identity."
    )
    SHARED_IDENTITY = (
        "shared-identity: This identity belongs to an IAM role, which several people may use. Sign"
        " in as a person: as an IAM user, or with an identity provider that names people."
    )
    JOB_REFUSED = (
        "job-refused: Daypass accepts only jobs that run in a GitHub environment, or on a protected"
        " branch or tag. It refuses jobs of pull and merge requests, because their code may not"
        " have been reviewed."
    )
    JOB_UNKNOWN = (
        "job-unknown: This job is not bound to a machine. Ask a lead to bind the job's subject:"
        " daypass bind MACHINE ISSUER SUBJECT."
    )

    ENROLMENT_REFUSED = (
        "enrolment-refused: This code is invalid: it was mistyped, already used, replaced, revoked,"
        " or has expired. If you did not use it, tell your lead, who can send you a new one."
    )
    MEMBER_SUSPENDED = "member-suspended: Your access to Daypass is suspended. Talk to your lead."
    LEAD_ONLY = "lead-only: Only a lead can do this. Ask your lead."
    LEAD_OR_AUDITOR_ONLY = (
        "lead-or-auditor-only: Only a lead or an auditor can read this. Ask your lead."
    )
    PEOPLE_ONLY = "people-only: Only people can do this, and this member is a machine."

    NOT_A_MEMBER = (
        "not-a-member: This engagement does not exist, or you have no access to it. Check its name,"
        " or ask your lead for a grant."
        "\napi: This engagement does not exist, or you have no access to it. GET /v1/access lists"
        " your engagements; ask your lead for a grant."
        "\ncommand: This engagement does not exist, or you have no access to it. Type daypass ls to"
        " see your engagements, or ask your lead for a grant."
        "\nslack: This engagement does not exist, or you have no access to it. Type /daypass list"
        " to see your engagements, or ask your lead for a grant."
        "\npage web: This engagement does not exist, or you have no access to it. Ask your lead for"
        " a grant."
    )
    ENGAGEMENT_REVOKED = (
        "engagement-revoked: This engagement has been revoked, so no one can get new sessions."
        " Ask your lead."
    )
    ENGAGEMENT_CLOSED = (
        "engagement-closed: This engagement is not open: it was closed, has ended, or has not"
        " begun. Ask your lead."
    )
    SESSION_REVOKED = (
        "session-revoked: A lead revoked this session while Daypass was issuing it, so you did not"
        " receive it. Ask your lead before you request another session."
    )
    SESSION_ENDED = (
        "session-ended: You gave this session back while Daypass was issuing it, so you did not"
        " receive it. Request another session if you need one."
    )
    FROZEN = (
        "frozen: Your firm has frozen Daypass, so no one can get new sessions. Ask your lead."
        "\napi: A lead has frozen Daypass, so no one can get new sessions. Ask your lead, who can"
        " read the reason with GET /v1/freeze."
    )
    PAUSED_BY_CLIENT = (
        "paused-by-client: The client has paused the firm's access to this engagement, so no one"
        " can get new sessions. Ask your lead to contact the client, which can lift the pause with"
        " its code."
    )
    GRANT_NOT_CURRENT = (
        "grant-not-current: Your grant for this engagement was revoked, has ended, or has not"
        " begun. Ask your lead."
    )
    ROLE_NOT_GRANTED = (
        "role-not-granted: This engagement has no such role, or your grant does not include it."
        " Check the role's name, or ask your lead."
        "\napi: This engagement has no such role, or your grant does not include it. GET /v1/access"
        " lists your roles; ask your lead for another role."
        "\ncommand: This engagement has no such role, or your grant does not include it. Type"
        " daypass ls to see your roles, or ask your lead for another role."
        "\nslack: This engagement has no such role, or your grant does not include it. Type"
        " /daypass list to see your roles, or ask your lead for another role."
        "\npage web: This engagement has no such role, or your grant does not include it. Ask your"
        " lead."
    )
    # The command cuts the text of this reason and the two that also say "Request" at " Type: " or
    # " Request ", and adds the line to type (`_next_step` in cli/daypass/requests.py).
    APPROVAL_REQUIRED = (
        "approval-required: You cannot get access to this role until someone approves a request."
        " Request it first.\napi: You cannot get access to this role until someone approves a"
        " request. Send one with POST /v1/engagements/…/requests.\ncommand: You cannot get access"
        " to this role until someone approves a request. Type: daypass request, the engagement and"
        " role, and --because with your reason.\nslack: You cannot get access to this role until"
        " someone approves a request. Type: /daypass request acme-prod deploy for 2h because …"
    )
    ACCESS_NOT_STARTED = (
        "access-not-started: Your request for this role is approved, but you have not started the"
        " access yet. Its time begins when you start the access."
        "\napi: Your request for this role is approved, but you have not started the access yet."
        " Send POST /v1/me/requests/…/start, and then this request again."
    )
    APPROVAL_REVOKED = (
        "approval-revoked: The access from your request was revoked, or you gave it back. Request"
        " access again if you still need it."
    )
    CLIENT_APPROVAL_REQUIRED = (
        "client-approval-required: This client must approve all access, even in an emergency."
        " Request access, and Daypass notifies the client."
    )
    ROLE_UNVERIFIED = (
        "role-unverified: This role has not passed a check with its current ARN and external ID, so"
        " Daypass does not issue sessions for the role. Ask a lead to verify the role."
    )
    ROLE_CLOSED_TO_LINKS = (
        "role-closed-to-links: This role does not allow access links. Get a session with your own"
        " token, in a terminal."
    )
    AGENTS_REFUSED = (
        "agents-refused: This engagement does not allow agents, which are programs that act on"
        " their own. A person must do this work, or your lead must allow agents."
    )
    REASON_REQUIRED = (
        "reason-required: This role requires a reason. Give one line in your own words."
        '\napi: This role requires a reason. Send one line in your own words as "reason".'
        "\ncommand: This role requires a reason. Add --reason with one line in quotes, or set"
        " DAYPASS_REASON."
        "\nslack: This role requires a reason. Type the command again, and end it with: because …"
        "\npage: This role requires a reason. Type the command again in Slack, and end it with:"
        " because …"
        "\nweb: This role requires a reason. Give one line in your own words."
    )
    DURATION_TOO_LONG = (
        "duration-too-long: This role does not allow sessions that long. Ask for a shorter session,"
        " or omit the duration."
        "\nslack: This role does not allow sessions that long. Type a shorter time after `for`, or"
        " leave out the time."
    )
    ENDS_TOO_SOON = (
        "ends-too-soon: Your grant, the engagement or your approved access ends in less than 15"
        " minutes, and AWS does not issue shorter sessions. Ask for more time."
    )

    ACCESS_LINK_REQUIRED = (
        "access-link-required: From Slack, you can get a session only through an access link. Type"
        " /daypass access … in Slack for a link."
    )
    ACCESS_LINK_UNKNOWN = (
        "access-link-unknown: This access link is incomplete, or Daypass no longer stores it. For a"
        " new link, type /daypass access … in Slack."
    )
    ACCESS_LINK_USED = (
        "access-link-used: This access link has already been used. For a new link, type /daypass"
        " access … in Slack, and tell your lead immediately if you did not use this link."
    )
    ACCESS_LINK_REVOKED = (
        "access-link-revoked: This access link has been revoked. For a new link, type /daypass"
        " access … in Slack."
    )
    ACCESS_LINK_EXPIRED = (
        "access-link-expired: This access link has expired: access links are valid for five"
        " minutes. For a new link, type /daypass access … in Slack."
    )

    NO_SUCH_REQUEST = (
        "no-such-request: This request does not exist, or you do not have access to it. Check its"
        " ID."
        "\napi: This request does not exist, or you do not have access to it. GET /v1/requests"
        " lists the requests that wait for a decision, and GET /v1/me/requests lists yours."
        "\ncommand: This request does not exist, or you do not have access to it. Type daypass"
        " requests to list the requests that you can see."
        "\nslack: This request does not exist, or you do not have access to it. Type /daypass"
        " requests to list the requests that you can see."
    )
    REQUESTS_NOT_ALLOWED = (
        "requests-not-allowed: This role has no approvers. Ask your lead."
        "\napi: This role has no approvers. A lead can set approvers with PATCH"
        " /v1/engagements/…/approval-policy."
    )
    ACCESS_ALREADY_OPEN = (
        "access-already-open: You already have access to this role, so you do not need a request."
    )
    TOO_MANY_OPEN_REQUESTS = (
        "too-many-open-requests: You have 10 open requests, which is the maximum. Withdraw a"
        " request, or wait for a decision."
    )
    DAILY_REQUESTS_USED = (
        "daily-requests-used: You have sent 100 requests for access within 24 hours, which is the"
        " maximum. Try again later, or ask your lead."
    )
    TOO_MANY_APPROVED_GRANTS = (
        "too-many-approved-grants: This member already has three current or upcoming periods of"
        " approved access to this role. End one of these periods first."
    )
    REQUEST_DECIDED = "request-decided: Someone has already decided on this request."
    REQUEST_EXPIRED = (
        "request-expired: No one decided on this request in time. The member can send a new one."
    )
    NO_OPEN_ACCESS = (
        "no-open-access: This request does not give access, because it was not approved or its"
        " access is over. Nothing was changed."
    )
    REQUEST_ENDED = (
        "request-ended: Access was revoked, or the engagement was closed, after this request was"
        " sent, so the request is no longer valid. The member can send a new request once they have"
        " a valid grant."
    )
    NOT_AN_APPROVER = "not-an-approver: You are not an approver of this request."
    OWN_REQUEST = "own-request: You cannot decide on your own request. Someone else must decide."
    RIGHT_TOO_NEW = (
        "right-too-new: Your right to decide is less than 24 hours old, so it does not count yet."
        " Someone else must decide."
    )
    NOT_CONFIRMED = (
        "not-confirmed: This approver has not been confirmed yet. Because the client requires its"
        " own approval for all access, one of its current approvers must confirm each new approver."
    )
    LEAD_SUSPENDED = (
        "lead-suspended: The lead who saved this approval policy, or named the client's approver,"
        " was suspended, so the approval gives no access. Another lead must save the policy again,"
        " or name the approver again with the same ID and e-mail address."
        "\npage: The person at our firm who named you as an approver was suspended. You can approve"
        " requests after someone else at our firm names you again, or another approver at your"
        " company confirms you."
    )
    ALREADY_APPROVED_BY_YOU = (
        "already-approved-by-you: You have already approved this request. Someone else must also"
        " approve it."
    )
    AGENT_CANNOT_DECIDE = (
        "agent-cannot-decide: An agent can request access, but cannot decide on requests. A person"
        " must decide."
    )
    SENSITIVE_ROLE = (
        "sensitive-role: This role is sensitive, so you cannot approve the request with a button in"
        " Slack. Approve it with your own token."
        "\nslack: This role is sensitive, so you cannot approve the request in Slack. In a"
        " terminal, type daypass approve, followed by the request's ID."
    )
    EMERGENCY_NOT_GRANTED = (
        "emergency-not-granted: Your grant does not allow emergency access to this role. Request"
        " access, or ask your lead."
    )
    EMERGENCY_UNCONFIRMED = (
        "emergency-unconfirmed: A lead must confirm your last emergency before you can use"
        " emergency access again. Ask a lead to confirm it, or request access."
    )
    NOT_AN_EMERGENCY = (
        "not-an-emergency: This request is not an emergency, so there is nothing to confirm."
    )
    EMERGENCY_CONFIRMED = (
        "emergency-confirmed: Another lead has already confirmed this emergency. You do not need to"
        " do anything."
    )
    NO_CLIENT_APPROVER = (
        "no-client-approver: The client has no approver. Name an approver first."
        "\napi: The client has no approver. Name an approver first with POST"
        " /v1/engagements/…/approvers."
    )
    NO_ONE_TO_ASK = (
        "no-one-to-ask: Daypass must ask the client first, but the client has no approver who was"
        " named more than 24 hours ago. The client can still lift the pause with its code."
    )
    OTHER_ADDRESS = (
        "other-address: This ID belongs permanently to a person with a different e-mail address."
        " Choose another ID."
    )
    TOO_MANY_EVER = (
        "too-many-ever: This engagement has had 100 approvers and contacts, which is the maximum."
        " Name one of them again, or open another engagement."
    )
    NO_SUCH_APPROVER = "no-such-approver: The client has no approver or contact with this ID."
    TOO_MANY_APPROVERS = (
        "too-many-approvers: The client has 10 approvers and contacts, which is the maximum. Revoke"
        " one first."
    )
    TOO_MANY_LINKS = (
        "too-many-links: Leads sent this approver five links within an hour, which is the maximum."
        " The approver can use any of these links, or you can send another link in an hour."
    )
    TOO_MANY_NAMED = (
        "too-many-named: Leads added 20 approvers and contacts to this engagement within an hour,"
        " which is the maximum. Wait an hour before you add more."
    )
    MAIL_NOT_SET_UP = (
        "mail-not-set-up: This deployment cannot send mail to clients. Ask the operator to set the"
        " sender's address."
    )
    DENIAL_NEEDS_WORDS = (
        "denial-needs-words: Enter a reason for the denial, so that the member knows what to do"
        " next."
    )

    MALFORMED_BODY = (
        "malformed-body: Daypass could not read the request. Try again."
        "\napi: The body is not one JSON object in UTF-8. Correct it, and send it again."
        "\nslack: Daypass could not read what Slack sent. Type the command again."
    )
    UNKNOWN_FIELD = (
        "unknown-field: The request has a field that Daypass does not know. Remove the field."
        "\ncommand: Daypass does not know a part of this request."
    )
    MISSING_FIELD = "missing-field: The request is missing a required field. Add the field."
    BAD_VALUE = "bad-value: A value in the request is invalid. Correct it, and send it again."
    BODY_TOO_LARGE = (
        "body-too-large: The request is larger than Daypass accepts. Send a shorter one."
    )
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported-media-type: The body has the wrong type. Send JSON (Content-Type:"
        " application/json)."
    )
    METHOD_NOT_ALLOWED = "method-not-allowed: This route does not accept this method."
    NO_SUCH_ROUTE = (
        "no-such-route: There is nothing at this address. Check the address."
        "\napi: This route does not exist. GET /openapi.json lists all routes."
        "\ncommand: Daypass does not know this request."
    )
    BAD_REQUEST = "bad-request: The request is not well-formed HTTP. Correct it, and send it again."
    TOO_MANY_REQUESTS = (
        "too-many-requests: Daypass is receiving too many requests. Try again in a moment."
    )
    TIMED_OUT = (
        "timed-out: Daypass did not answer in time. The trail shows whether the request took"
        " effect."
    )
    ROLE_IN_ANOTHER_ACCOUNT = (
        "role-in-another-account: The role's ARN is in a different AWS account than the engagement."
        " Use a role in the engagement's account."
    )
    DAYPASS_ACCOUNT = (
        "daypass-account: Daypass itself runs in this AWS account. Use the client's account"
        " instead."
    )
    FIRM_ACCOUNT = (
        "firm-account: This AWS account is one of the firm's own. Use the client's account instead."
    )
    ROLE_IN_ANOTHER_PARTITION = (
        "role-in-another-partition: The role's ARN is in a different AWS partition than Daypass, so"
        " Daypass cannot assume the role. Use a role in Daypass's partition."
    )
    ENDS_BEFORE_IT_STARTS = (
        "ends-before-it-starts: The end must be in the future, and after the start. Choose a"
        " later end."
    )
    ENGAGEMENT_TOO_LONG = (
        "engagement-too-long: An engagement can last up to 731 days (two years) from its start, or"
        " from now if it has begun. Choose an earlier end, and renew the engagement later."
        "\napi: An engagement can last up to 731 days (two years) from its start, or from now if it"
        ' has begun. Send an earlier "ends_at", and renew the engagement later.'
    )
    OWN_GRANT = "own-grant: You cannot review your own grant. Ask another lead."
    AUDITOR_CANNOT_ENTER = (
        "auditor-cannot-enter: Auditors cannot have grants. Choose someone else, or make this"
        " auditor a member first."
    )

    NO_SUCH_MEMBER = "no-such-member: This member does not exist. Check the ID."
    NO_SUCH_TOKEN = "no-such-token: This member has no such token. Check the token's ID."
    NO_SUCH_SESSION = (
        "no-such-session: This member has no such session, or it expired long ago. Check the"
        " session's ID."
    )
    NO_SUCH_ENROLMENT = "no-such-enrolment: This member has no enrolment code. Create one first."
    NO_SUCH_ENGAGEMENT = "no-such-engagement: This engagement does not exist. Check the ID."
    NO_SUCH_CLIENT = "no-such-client: No engagement has this client. Check the client's name."
    NO_SUCH_ROLE = "no-such-role: This engagement has no such role. Check the role's name."
    NO_SUCH_GRANT = "no-such-grant: This member has no grant for this engagement. Check both IDs."
    NO_SUCH_LINK = "no-such-link: This engagement has no such link. Check the link's ID."
    WEB_SESSION_OVER = (
        "web-session-over: You are not signed in, or your session in this browser has ended. Type"
        " daypass web in a terminal to sign in."
    )
    WEB_LINK_REFUSED = (
        "web-link-refused: This sign-in link is invalid, expired or already used: each link works"
        " once, within a minute. Type daypass web in a terminal for a new link, and tell your lead"
        " if you did not use this link."
    )
    WEB_NEEDS_TOKEN = (
        "web-needs-token: A Slack account cannot sign in to the web console. Type daypass web in a"
        " terminal instead."
    )
    WEB_SIGN_IN_FAILED = (
        "web-sign-in-failed: The sign-in at your identity provider failed, was cancelled, or began"
        " in another browser. Open the sign-in page, and try again."
    )
    PROVIDER_SIGN_IN_NEEDED = (
        "provider-sign-in-needed: To log in with the daypass command, you must have signed in at"
        " your identity provider within the last 10 minutes. Type daypass login again, and sign in"
        " at your provider."
    )
    WEB_FORM_REFUSED = (
        "web-form-refused: This form does not come from your session in this browser. Open the page"
        " again, and send the form from there."
    )
    WEB_FORM_SENT = (
        "web-form-sent: You have already sent this form, and each form gives only one session. See"
        " your sessions under “My access”, or open the form again to get another session."
    )
    NO_SUCH_WEB_PAGE = (
        "no-such-web-page: This page does not exist, or you do not have access to it. Check the"
        " address, or go back and follow a link."
    )
    NO_SUCH_PAGE = (
        "no-such-page: This page does not exist: the link is incomplete, was revoked, or has"
        " expired. Ask the person who sent it to you for a new one."
    )
    NO_SUCH_FILE = (
        "no-such-file: This role has no such file. Go back to the page, which lists the role's"
        " files."
    )
    LAUNCH_NOT_SET_UP = (
        "launch-not-set-up: This deployment of Daypass cannot open the AWS console with the"
        " template filled in. Use the template on the page instead."
    )

    ALREADY_EXISTS = (
        "already-exists: This ID or name is taken, or this member already has a grant for this"
        " engagement. Choose another ID or name, or change the existing grant."
    )
    ALREADY_ENDED = (
        "already-ended: This role or grant has already ended, so nothing was changed. Create a new"
        " one instead."
    )
    SESSION_EXPIRED = (
        "session-expired: This session has expired, so nothing was changed. Its credentials no"
        " longer work."
    )
    REQUEST_UNFINISHED = (
        "request-unfinished: Daypass had no time left for this part of the request. Send the same"
        " request again to continue."
    )
    NOT_ENDED = (
        "not-ended: This engagement has not ended, or this member is not suspended, so nothing was"
        " changed."
    )
    NOT_FROZEN = "not-frozen: Daypass is not frozen, so nothing was changed."
    NOT_PAUSED = "not-paused: Access is not paused, so nothing was changed."
    LIFT_CODE_REFUSED = (
        "lift-code-refused: This code does not lift the pause: it was mistyped, or belongs to"
        " another pause. If the code is lost, ask two of the firm's leads to lift the pause, which"
        " your company can refuse within 24 hours."
    )
    TOO_MANY_CODES = (
        "too-many-codes: Too many codes were entered through this link, so Daypass accepts no codes"
        " from this link for 15 minutes. Try again later, or use another link to this page."
    )
    LIFT_TOO_SOON = (
        "lift-too-soon: The client can refuse this for 24 hours after the request. Confirm the"
        " request after the 24 hours are over."
    )
    CHANGED_MEANWHILE = (
        "changed-meanwhile: Someone else changed this at the same time. Reload it and try again."
        "\ncommand: Someone else changed this at the same time. Type the command again."
    )
    CUT_OFF_IN_FORCE = (
        "cut-off-in-force: The brake is blocking sessions that become usable again if you change"
        " the method now. Change the method after these sessions expire, within an hour of when"
        " they were issued."
    )
    TOO_MANY_ROTATIONS = (
        "too-many-rotations: This engagement has had 20 other external IDs, which is the maximum."
        " Close this engagement, and open a new one."
    )
    TOO_MANY_ROLES = (
        "too-many-roles: An engagement can have up to 20 roles, including ended roles. Reuse the"
        " name of an ended role."
    )
    EXTERNAL_ID_TAKEN = (
        "external-id-taken: Another engagement has or had this external ID. Open a new engagement,"
        " which gets its own external ID, and send the client its link."
    )
    CHECKED_JUST_NOW = (
        "checked-just-now: The roles were checked a moment ago. Try again in half a minute."
    )
    LAST_LEAD = "last-lead: This is the last active lead. Make another member a lead first."
    TOO_MANY_LEADS = (
        "too-many-leads: Daypass has 50 active leads, which is the maximum. Suspend a lead, or make"
        " a lead a member first."
    )
    TOO_MANY_GRANTS = (
        "too-many-grants: This engagement has 500 current grants, which is the maximum. Revoke a"
        " grant first."
    )
    LEAD_EXISTS = "lead-exists: Daypass already has its first lead. Ask a lead to create others."
    NO_SUCH_LEAD = (
        "no-such-lead: No current or former lead has this ID. Check the ID: only a current or"
        " former lead can be recovered."
    )
    LEAD_HAS_TOKEN = (
        "lead-has-token: A lead has a working token: ask that lead for an enrolment code. If all"
        " leads have lost their tokens, add LOST=1, which revokes these tokens. If you"
        " distrust the other leads, add OTHERS=suspend."
    )
    IDENTITY_TAKEN = (
        "identity-taken: This identity already belongs to a member. Sign in with this identity, or"
        " first revoke it among that member's tokens."
    )
    JOB_IDENTITY = (
        "job-identity: This identity belongs to a CI job, so it cannot belong to a person. Ask a"
        " lead to bind the identity to a machine."
    )
    JOB_NOT_NARROW = (
        "job-not-narrow: This subject cannot be bound to a machine, because other people's jobs can"
        " have the same subject."
    )
    NOT_A_MACHINE = (
        "not-a-machine: This member is a person. Invite a member of the kind machine, and bind the"
        " job to it."
    )
    MACHINE_HAS_NO_CODE = (
        "machine-has-no-code: A machine does not use an enrolment code. Bind the identity of its CI"
        " job with daypass bind."
    )
    KIND_FIXED = (
        "kind-fixed: You cannot change a person to a machine, or a machine to a person. Create"
        " another member."
    )
    NO_TOKEN_TO_ROTATE = (
        "no-token-to-rotate: You signed in at your identity provider, so there is no token to"
        " rotate: sign in there again instead. To block this way to sign in, revoke the identity,"
        " which is one of your tokens."
    )

    SLACK_NOT_SET_UP = (
        "slack-not-set-up: This deployment of Daypass is not set up for Slack. Ask its operator."
    )
    SLACK_SIGNATURE_REFUSED = (
        "slack-signature-refused: This request has no valid signature of Slack, or was signed more"
        " than five minutes ago. If Slack sent it, the operator must check the app's signing"
        " secret."
    )
    SLACK_OTHER_WORKSPACE = (
        "slack-other-workspace: This Daypass deployment belongs to a different Slack workspace, and"
        " responds only to people in that workspace. Switch to that workspace."
    )
    SLACK_UNBOUND = (
        "slack-unbound: Your Slack account is not linked to a Daypass member. To link it, type"
        " /daypass link in Slack."
    )
    SLACK_USER_TAKEN = (
        "slack-user-taken: This Slack account is already linked to another member. That member or a"
        " lead must first revoke the Slack binding, which is one of the member's tokens."
    )
    BINDING_CODE_REFUSED = (
        "binding-code-refused: This code is invalid: it was mistyped, already used, or is older"
        " than ten minutes. Type /daypass link in Slack for another code."
    )
    DUPLICATE_REQUEST = (
        "duplicate-request: Daypass has received this request before, and did not carry it out a"
        " second time. If the first request had no effect, type the command again."
    )
    CONFIRMATION_EXPIRED = (
        "confirmation-expired: This confirmation is no longer valid. Type the command again, and"
        " check the new confirmation."
    )

    ROLE_REFUSED_DAYPASS = (
        "role-refused-daypass: AWS refused to let Daypass assume the client's role. Ask your lead"
        " to verify the role."
    )
    AWS_REJECTED = (
        "aws-rejected: AWS rejected the request for this role. Ask a lead to verify the role."
    )
    AWS_THROTTLED = "aws-throttled: AWS is throttling Daypass. Try again in a moment."
    AWS_UNREACHABLE = "aws-unreachable: AWS did not answer in time. Try again in a moment."
    RECORDS_UNAVAILABLE = (
        "records-unavailable: Daypass cannot reach its records. Try again in a moment."
    )
    PROVIDER_UNREACHABLE = (
        "identity-provider-unreachable: Daypass did not get the identity provider's keys in time,"
        " so it cannot verify identity tokens. Try again in a moment, or use an API token."
    )
    SERVED_ELSEWHERE = "served-elsewhere: Daypass is being updated. Try again in a moment."
    SETTING_INVALID = (
        "setting-invalid: This feature is off because one of its settings is invalid. Tell the"
        " operator, whose alarm names the setting."
    )
    DECISION_UNCERTAIN = (
        "decision-uncertain: Daypass does not know whether your decision was stored. If your page"
        " does not show it after a minute, decide again: Daypass counts your decision only once."
    )
    BUG = "internal-error: Something broke in Daypass. Give the operator the request ID."


AWS_REASONS = frozenset(
    {
        Reason.ROLE_REFUSED_DAYPASS,
        Reason.AWS_REJECTED,
        Reason.AWS_THROTTLED,
        Reason.AWS_UNREACHABLE,
    }
)
"""Reasons that AWS caused when Daypass requested credentials."""

TOKEN_REASONS = frozenset({Reason.TOKEN_UNKNOWN, Reason.TOKEN_EXPIRED, Reason.TOKEN_REVOKED})
"""Reasons that lie in a token, including one without a text: an identity or a Slack binding."""

ACCESS_LINK_REASONS = frozenset(
    {
        Reason.ACCESS_LINK_REQUIRED,
        Reason.ACCESS_LINK_UNKNOWN,
        Reason.ACCESS_LINK_USED,
        Reason.ACCESS_LINK_REVOKED,
        Reason.ACCESS_LINK_EXPIRED,
    }
)
"""Reasons that lie in an access link. Each sentence says how to get another link."""
