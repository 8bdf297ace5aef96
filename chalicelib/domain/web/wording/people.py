"""The sentences about members, tokens, codes and refused reads."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.sessions import MAX_SESSIONS
from chalicelib.domain.web.wording.rows import Wording

SENTENCES: Mapping[Action, Wording] = {
    Action.MEMBER_CREATE: Wording(
        doing="create a member[subject|: {member}]",
        done="{by} created the member {member}[ ({name})][ with the kind {kind}]."
        "[enrolment| The enrolment code {enrolment} was created with it.]",
    ),
    Action.MEMBER_CHANGE: Wording(
        doing="change the member {member}",
        done="{by} changed the member {member}[: {changes:whole}].",
    ),
    Action.MEMBER_REVOKE: Wording(
        doing="suspend {other}",
        done="{by} suspended {other}[kind=lead|, a lead].",
    ),
    Action.MEMBER_LEAVE: Wording(
        doing="record that {member} left the firm",
        done="{by} recorded that {member} left the firm.[grants| Grants revoked: {grants}.]"
        "[sessions| Sessions that may have been alive: {sessions}.]",
    ),
    Action.MEMBER_REINSTATE: Wording(
        doing="reinstate {other}",
        done="{by} reinstated {member}, who was suspended.",
    ),
    Action.MANY_SESSIONS: Wording(
        doing="count the sessions of {member}",
        done=f"Daypass found that {{member}} had more than {MAX_SESSIONS} sessions that might be"
        " alive[: {sessions}].",
    ),
    Action.LEAD_RECOVER: Wording(
        doing="recover the lead {member}",
        done="{by} made {member} an active lead, and created the enrolment code {enrolment}."
        "[reinstated| {member} had been suspended, or was no lead.]"
        "[suspended| Leads suspended with it: {suspended:names}.]"
        "[lost_tokens| Leads' tokens revoked with it: {lost_tokens}.]",
    ),
    Action.ENROLMENT_CREATE: Wording(
        doing="create an enrolment code for {other}",
        done="{by} created the enrolment code {enrolment} for {other}[, valid until"
        " {expires_at:time}].",
    ),
    Action.ENROLMENT_REVOKE: Wording(
        doing="revoke the enrolment code of {member}",
        done="{by} revoked the enrolment code {enrolment} of {member}.",
    ),
    Action.ENROLMENT_USE: Wording(
        doing="use an enrolment code",
        done="{by} exchanged an enrolment code[ from {made_by:actor}] for the token {token}"
        "[ ({label})][, valid until {expires_at:time}].[issuer| The token is an identity at"
        " {issuer}.][other_tokens| {member} already had a valid token.]",
        others={
            Outcome.REFUSED: "Daypass refused an enrolment code of {member}."
            "[because=used| The code had been used.]"
            "[because=revoked| The code had been revoked.]"
            "[because=expired| The code had expired.]"
            "[because=member-suspended| {member} was suspended.]"
            "[because=member-revoked-since| {member} had been suspended since it was created.]"
            "[because=maker-revoked| Its maker was no longer a lead, or had lost the token.]"
            "[used_at| The first use was at {used_at:time}.][used_from| It came from {used_from}.]"
        },
    ),
    Action.TOKEN_CHANGE: Wording(
        doing="change the label of the token {token}",
        done="{by} changed the token {token}[: {changes:whole}].",
    ),
    Action.TOKEN_ROTATE: Wording(
        doing="rotate their token",
        done="{by} rotated a token: {token} replaces {former_token}[, until {expires_at:time}].",
    ),
    Action.TOKEN_REVOKE: Wording(
        doing="revoke the token {token} of {member}",
        done="{by} revoked {owner} token {token}[kind=lead|. {member} is a lead]"
        "[bound_with|. It was bound with the token {bound_with}].",
    ),
    Action.SLACK_BIND: Wording(
        doing="link a Slack user to {member}[ ({slack_user})]",
        done="{by} linked the Slack user {slack_user} to {other}[, until {expires_at:time}]."
        "[former_tokens| It replaces {former_tokens:names}.]",
    ),
    Action.WEB_LINK_CREATE: Wording(
        doing="create a link to sign in to the web console",
        done="{by} created the link {web_link} to sign in to the web console, until"
        " {expires_at:time}.",
    ),
    Action.WEB_SIGN_IN: Wording(
        doing="sign in to the web console[web_link| with the link {web_link}]",
        done="{by} signed in to the web console[web_link| with the link {web_link}]"
        "[provider| at {provider}][, until {expires_at:time} at the latest].",
    ),
    Action.WEB_SIGN_OUT: Wording(
        doing="sign out of the web console",
        done="{by} signed out of the web console.",
    ),
    Action.NOTICE: Wording(
        doing="send a notification",
        others={
            Outcome.FAILED: "Daypass could not send a notification[via| by {via}][why|: {why}]."
            "[entry| It was about the entry {entry}.][given_up| It no longer tries.]"
            "[not_told_from| The leads have not been notified of what happened from"
            " {not_told_from:time} on][not_told_until|, until {not_told_until:time}.]",
            Outcome.REFUSED: "Daypass holds back e-mails[approver| to {approver}][engagement|, at"
            " the client of {engagement}], who got many within an hour.",
        },
    ),
    Action.READ: Wording(
        doing="read something",
        others={
            Outcome.REFUSED: "Daypass refused to show {actor} what they asked for"
            "[engagement|, about {target}][asked_for|, about {asked_for}]"
            "[subject|, about {member}]."
        },
    ),
}
