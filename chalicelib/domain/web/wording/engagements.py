"""The sentences about engagements, roles, grants and links to the client's page."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.web.wording.rows import Wording

_CREATED = (
    "[ for {client}][, in the AWS account {account_id}][, from {starts_at:time}][, until"
    " {ends_at:time}]."
)
_POLICIES = (
    "[outdated_policies| The client still had to update the trust policies of"
    " {outdated_policies:names}.]"
)
_ENTERED = "[session_names| Daypass's sessions are named {session_names:names}.]"

SENTENCES: Mapping[Action, Wording] = {
    Action.ENGAGEMENT_CREATE: Wording(
        doing="create an engagement", done=f"{{by}} created {{engagement}}{_CREATED}"
    ),
    Action.ENGAGEMENT_IMPORT: Wording(
        doing="import an engagement",
        done=f"{{by}} imported {{engagement}} from an AWS profile, with its external ID{_CREATED}",
    ),
    Action.ENGAGEMENT_CHANGE: Wording(
        doing="change {engagement}",
        done="{by} changed {engagement}[: {changes:whole}]."
        f"[reopened| It had ended before.]{_POLICIES}",
    ),
    Action.ENGAGEMENT_RENEW: Wording(
        doing="renew {engagement}",
        done="{by} renewed {engagement}[, until {ends_at:time}][former_ends_at| (before:"
        f" {{former_ends_at:time}})].[reopened| It had ended before.]{_POLICIES}",
    ),
    Action.ENGAGEMENT_CLOSE: Wording(
        doing="close {engagement}",
        done="{by} closed {engagement}.",
    ),
    Action.ENGAGEMENT_REVOKE: Wording(
        doing="revoke {engagement}",
        done="{by} revoked {engagement}.",
    ),
    Action.CLIENT_REVOKE: Wording(
        doing="revoke a client",
        done="{by} revoked the client {client}.[engagements| Engagements: {engagements}.]"
        "[not_blocked| Not blocked yet: {not_blocked}.]",
    ),
    Action.ENGAGEMENT_REOPEN: Wording(
        doing="reopen {engagement}",
        done="{by} reopened {engagement}.",
    ),
    Action.ENGAGEMENT_LEAVE: Wording(
        doing="check whether the roles of {engagement} refuse Daypass",
        done="{by} checked the roles of {engagement}, which is over: each refused Daypass."
        "[our_permission_not_confirmed| Daypass has not confirmed that AWS refused because of the"
        " client, and not because Daypass lacks a permission of its own:"
        " {our_permission_not_confirmed:names}.][not_asked_as| It did not ask as {not_asked_as}.]",
        others={
            Outcome.INTENDED: "{by} began to check whether the roles of {engagement}, which is"
            " over,"
            " refuse Daypass.",
            Outcome.REFUSED: "[still_let_in|{by} checked the roles of {engagement}, which is over:"
            " Daypass could still assume {still_let_in:names}.][!still_let_in|Daypass did not let"
            " {actor} check whether the roles of {engagement} refuse it.]",
        },
    ),
    Action.EXTERNAL_ID_ROTATE: Wording(
        doing="rotate the external ID of {engagement}",
        done="{by} began a rotation of the external ID of {engagement}. The next one is"
        " {next_external_id}.",
    ),
    Action.EXTERNAL_ID_PROMOTE: Wording(
        doing="change over to the next external ID of {engagement}",
        done="{by} made the next external ID of {engagement} the current one: {external_id}.",
        others={
            Outcome.INTENDED: "{by} was about to check whether the roles of {engagement} accept the"
            f" next external ID.{_ENTERED}"
        },
    ),
    Action.EXTERNAL_ID_RETIRE: Wording(
        doing="retire the previous external ID of {engagement}",
        done="{by} retired the previous external ID of {engagement}, {former_external_id}: every"
        " role in use refused it.",
        others={
            Outcome.INTENDED: "{by} was about to check whether the roles of {engagement} refuse the"
            f" previous external ID.{_ENTERED}"
        },
    ),
    Action.ROLE_CREATE: Wording(
        doing="create a role in {engagement}[role|: {role}]",
        done="{by} created the role {target}[: {changes:whole}].",
    ),
    Action.ROLE_CHANGE: Wording(
        doing="change the role {target}",
        done="{by} changed the role {target}[: {changes:whole}].",
    ),
    Action.ROLE_END: Wording(
        doing="end the role {target}",
        done="{by} ended the role {target}.",
    ),
    Action.ROLE_VERIFY: Wording(
        doing="check the role {target}",
        done="{by} checked the role {target}[passed=true|. It passed][passed=false|. It failed]."
        "[drifted| It had passed before.][failed| {failed:checks}]"
        "[failed=right-external-id| Most likely: {causes:causes}][overridden_until| An override was"
        " in force until {overridden_until:time}.]",
        others={
            Outcome.INTENDED: "{by} was about to check the role {target}.",
            Outcome.FAILED: "{by} could not check the role {target}.",
        },
    ),
    Action.CUT_OFF_CHECK: Wording(
        doing="check the cut-off of {target}",
        done="{by} checked the cut-off of {target}[passed=true|. It passed][passed=false|. It"
        " failed].[drifted| It had passed before.][failed| {failed:cutoffchecks}]",
        others={
            Outcome.INTENDED: "{by} was about to check the cut-off of {target}.",
            Outcome.FAILED: "{by} could not check the cut-off of {target}.",
        },
    ),
    Action.ROLE_OVERRIDE: Wording(
        doing="override the check of {target}",
        done="{by} let Daypass give sessions in {target} whatever its checks find[, until"
        " {until:time}].",
    ),
    Action.ROLE_OVERRIDE_END: Wording(
        doing="end the override of {target}",
        done="{by} ended the override of {target}[former_until|, which would have lasted until"
        " {former_until:time}].",
    ),
    Action.ROLE_SETUP: Wording(
        doing="choose the permissions of {target}",
        done="{by} chose what the client creates for {target}[: {changes:whole}]."
        "[asks_for=everything| The policy makes the role an administrator.]",
    ),
    Action.DAILY_CHECK: Wording(
        doing="check {target}",
        others={Outcome.FAILED: "The daily check could not check {target}.[why| {why}]"},
    ),
    Action.ROLE_POLICY_REPLACED: Wording(
        doing="report new trust policies of {engagement}",
        done="{by} reported that trust policies of {engagement} now end later[, at {until:time}]"
        "[roles|: {roles:names}]. Daypass has not verified the report.",
    ),
    Action.LINK_CREATE: Wording(
        doing="create a link to the client's page of {engagement}",
        done="{by} created the link {link} to the client's page of {engagement}[, valid until"
        " {expires_at:time}].",
    ),
    Action.LINK_REVOKE: Wording(
        doing="revoke a link to the client's page of {engagement}",
        done="{by} revoked the link {link} to the client's page of {engagement}.",
    ),
    Action.LINK_CHECK: Wording(
        doing="check the roles of {engagement}",
        done="{by} began a check of the roles of {engagement}, on the client's page.",
    ),
    Action.GRANT_CREATE: Wording(
        doing="grant {other} access to {engagement}",
        done="{by} granted {other} access to {engagement}[: {roles:names}][, from {starts_at:time}]"
        "[, until {ends_at:time}].[on_request| Only on request: {on_request:names}.]"
        "[emergency| In an emergency: {emergency:names}.]",
    ),
    Action.GRANT_CHANGE: Wording(
        doing="change {owner} grant for {engagement}",
        done="{by} changed {owner} grant for {engagement}[: {changes:whole}].",
    ),
    Action.GRANT_REVOKE: Wording(
        doing="revoke {owner} grant for {engagement}",
        done="{by} revoked {owner} grant for {engagement}.",
    ),
    Action.GRANT_REVIEW: Wording(
        doing="decide about {owner} grant for {engagement} in an access review",
        done="{by} decided in an access review to {decision} {owner} grant for {engagement}.",
    ),
}
