"""Bind a Slack user to a member, so that the user can act as the member in Slack.

Slack shows the user a code. The member enters the code in the API, with their own token. The
binding is stored as another token of the member.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError, InvalidRequest, Reason
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.one_time_secrets import TYPED, hash_of, hash_without_text
from chalicelib.domain.people.identities import Identity, identity_hash
from chalicelib.domain.people.members import Caller, find_token_problem
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.slack.bindings import (
    CODE_LIFE,
    BindingCode,
    BindSlack,
    SlackUser,
    workspace_issuer,
)
from chalicelib.domain.trail import Action, Edit
from chalicelib.domain.values import new_item, next_version
from chalicelib.usecases.admission import Target, build_refusal
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.tokens import LIFE
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import record, write
from chalicelib.usecases.vending.withholding import withhold_vends


def create_binding_code(ports: Ports, user: SlackUser) -> str:
    """Create a binding code for this Slack user, and return its text. Store only its hash.

    The code works once, for ten minutes, and only together with a member's token.
    """
    (text, secret_hash), now = TYPED.new_secret(ports.random), ports.now()
    ports.state.save(
        BindingCode(
            hash=secret_hash,
            team=user.team,
            user=user.user,
            created_at=now,
            expires_at=now + CODE_LIFE,
        )
    )
    return text


def bind_slack_user(ports: Ports, caller: Caller, request: BindSlack) -> Token:
    """Bind the Slack user who got the code to the caller, and return the binding.

    The binding replaces the caller's earlier binding in that workspace. It ends with the caller's
    token at the latest: if that is an identity token, when this expires.

    Raise AccessDenied for an invalid code, and Conflict if the Slack user is bound to another
    member; both are recorded. Raise InvalidRequest for an invalid end of the binding.
    """
    code = ports.state.get(BindingCode, hash_of(request.code))
    now = ports.now()
    ends_at = _choose_binding_end(now, caller.expires_at, request.expires_at)
    if code is None or not code.is_valid(now):
        raise _record_refusal(ports, caller, AccessDenied(Reason.BINDING_CODE_REFUSED), code)
    token = new_item(
        Token,
        request,
        member=caller.member.id,
        # The hash of a random secret that is thrown away, so no text can present this token.
        hash=hash_without_text(ports.random),
        label=f"Slack user {code.user}",
        created_at=now,
        expires_at=ends_at,
        made_from=caller.address,
        issuer=workspace_issuer(code.team),
        subject=code.user,
        made_with=caller.token_id,
        code_made_by=caller.token.code_made_by,
        given_at=caller.token.given_since,
    )
    previous_identity, identity = _build_identity(ports, token, code.user)
    if previous_identity is not None and previous_identity.member != token.member:
        other = PresentedToken(previous_identity.member, previous_identity.token)
        binding, member = ports.state.token_and_member(other)
        if binding and member and not find_token_problem(binding, member, now):
            raise _record_refusal(ports, caller, Conflict(Reason.SLACK_USER_TAKEN), code)
    # This item makes sure that of two Slack users who are bound to the member at the same time only
    # one succeeds: both write it. Its key is free, because no Slack user's ID begins with @.
    _, member_lock = _build_identity(ports, token, f"@{token.member}")
    revoked = [
        next_version(binding, revoked_at=now)
        for binding in list_all(ports.state, Token, member=token.member)
        if binding.issuer == token.issuer and binding.revoked_at is None
    ]
    ids = " ".join(binding.id for binding in revoked)
    edits: list[Edit] = [(None, token), (code, code.mark_used(now)), (None, identity)]
    edits += [(None, member_lock), *((binding, binding) for binding in revoked)]
    details = {"slack_user": code.user, "slack_team": code.team, "former_tokens": ids}
    write(ports, caller, Action.SLACK_BIND, *edits, details=details)
    for binding in revoked:
        withhold_vends(ports, caller, binding)
    return token


def _choose_binding_end(now: datetime, latest: datetime, expires_at: datetime | None) -> datetime:
    """Return when the binding ends.

    That is `expires_at`, if it is given. Otherwise it is in 90 days, or earlier at `latest`, when
    the caller's token expires. Raise InvalidRequest if `expires_at` is after `latest`, in the past,
    or too far away.
    """
    ends_at = LIFE.choose_end(now, expires_at)
    if expires_at is not None and expires_at > latest:
        text = (
            "The Slack binding cannot last longer than your token, which expires on"
            f" {rfc3339(latest)}. Choose that time or an earlier one."
        )
        raise InvalidRequest(Reason.BAD_VALUE, text, field="expires_at")
    return min(ends_at, latest)


def _record_refusal(
    ports: Ports, caller: Caller, error: DaypassError, code: BindingCode | None
) -> DaypassError:
    """Record the refusal on the trail, with the Slack user who got the code, and return the
    error."""
    target = Target(details={"slack_user": code.user if code else ""})
    record(ports, caller, build_refusal(Action.SLACK_BIND, error.reason, target))
    return error


def _build_identity(ports: Ports, token: Token, user: str) -> tuple[Identity | None, Identity]:
    """Return the stored identity of this Slack user, if any, and the identity that replaces it. An
    identity item names the token with which the Slack user acts: here, the binding."""
    key = identity_hash(token.issuer, user)
    previous = ports.state.get(Identity, key)
    version = 1 if previous is None else previous.version + 1
    new = Identity(hash=key, member=token.member, token=token.hash, version=version)
    return previous, new
