"""Bind a Slack user to the member who types its code: with a token of theirs, and not in Slack."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError, InvalidRequest
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.one_time_secrets import TYPED, hash_of, hash_without_text
from chalicelib.domain.people.authentication import Caller, token_problem
from chalicelib.domain.people.identities import Identity, identity_hash
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.bindings import (
    CODE_LIFE,
    BindingCode,
    BindSlack,
    SlackUser,
    issuer,
)
from chalicelib.domain.trail import Action, Edit
from chalicelib.domain.values import next_version
from chalicelib.usecases.admission import Target, record_refusal
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.tokens import LIFE
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.recording import write
from chalicelib.usecases.vending.withholding import withhold_vends


def show_code(ports: Ports, user: SlackUser) -> str:
    """A code for this Slack user, good once and for ten minutes. By itself it opens nothing."""
    (text, kept), now = TYPED.make(ports.random), ports.now()
    ports.state.save(
        BindingCode(
            hash=kept, team=user.team, user=user.user, created_at=now, expires_at=now + CODE_LIFE
        )
    )
    return text


def bind(ports: Ports, caller: Caller, asked: BindSlack) -> Token:
    """Bind the Slack user who was shown the code to the caller, in place of another one of theirs
    in that workspace. It ends with the caller's token at the latest. AccessDenied for a bad code
    and Conflict if the Slack user is another member's, both on record; InvalidRequest for the
    end."""
    code = ports.state.get(BindingCode, hash_of(asked.code))
    now = ports.now()
    ends_at = _end(now, caller.token, asked.expires_at)
    if code is None or not code.is_good(now):
        raise _refused(ports, caller, AccessDenied(Reason.BINDING_CODE_REFUSED), code)
    token = Token(
        member=caller.member.id,
        # Of a secret that nobody is told: this token has no text to be presented.
        hash=hash_without_text(ports.random),
        label=f"Slack user {code.user}",
        created_at=now,
        expires_at=ends_at,
        made_from=caller.address,
        issuer=issuer(code.team),
        subject=code.user,
        made_with=caller.token_id,
    )
    holder, identity = _identities(ports, token, code.user)
    if holder is not None and holder.member != token.member and _is_bound(ports, holder):
        raise _refused(ports, caller, Conflict(Reason.SLACK_USER_TAKEN), code)
    # Of two Slack users who are bound to the member at once, this lets one be. No Slack user has
    # such a name.
    _, only_one = _identities(ports, token, f"@{token.member}")
    former = [
        next_version(one, revoked_at=now)
        for one in list_all(ports.state, Token, member=token.member)
        if one.issuer == token.issuer and one.revoked_at is None
    ]
    names = " ".join(one.id for one in former)
    edits: list[Edit] = [(None, token), (code, code.used(now)), (None, identity)]
    edits += [(None, only_one), *((one, one) for one in former)]
    details = {"slack_user": code.user, "slack_team": code.team, "former_tokens": names}
    write(ports, caller, Action.SLACK_BIND, *edits, details=details)
    for one in former:
        withhold_vends(ports, caller, one)
    return token


def _end(now: datetime, made_with: Token, expires_at: datetime | None) -> datetime:
    ends_at = LIFE.end(now, expires_at)
    if expires_at is not None and expires_at > made_with.expires_at:
        raise InvalidRequest(
            Reason.BAD_VALUE,
            f"It ends with the token that you bind it with, on {rfc3339(made_with.expires_at)}, at"
            " the latest.",
            field="expires_at",
        )
    return min(ends_at, made_with.expires_at)


def _refused(
    ports: Ports, caller: Caller, error: DaypassError, code: BindingCode | None
) -> DaypassError:
    """Put the refusal on the trail, with the Slack user whose code it was."""
    origin = RequestOrigin(PresentedToken(caller.member.id, caller.token.hash), caller.address)
    target = Target(details={"slack_user": code.user if code else ""})
    record_refusal(ports, origin, caller.token, Action.SLACK_BIND, error.reason, target)
    return error


def _identities(ports: Ports, token: Token, user: str) -> tuple[Identity | None, Identity]:
    """Return whose the Slack user was until now, if anybody's, and whose from now on."""
    known_by = identity_hash(token.issuer, user)
    former = ports.state.get(Identity, known_by)
    version = 1 if former is None else former.version + 1
    new = Identity(hash=known_by, member=token.member, token=token.hash, version=version)
    return former, new


def _is_bound(ports: Ports, identity: Identity) -> bool:
    """Return whether the binding is good now."""
    token, member = ports.state.token_and_member(PresentedToken(identity.member, identity.token))
    return bool(token and member and not token_problem(token, member, ports.now()))
