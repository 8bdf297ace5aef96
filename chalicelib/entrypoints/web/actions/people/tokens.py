"""Rename and revoke one's own tokens."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.people.tokens import ChangeToken, Token
from chalicelib.domain.text import TokenLabel
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.routing import OwnTokenPath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    show,
    web_action,
    with_reason,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.people import tokens


class TokenLabelForm(OwnTokenPath):
    label: TokenLabel


def _find_own(web: WebRequest, token: str) -> Token:
    return tokens.find_token(web.ports, web.caller.member.id, token)


@web_action(
    "rename-token",
    "Rename the token",
    "Rename",
    "The token has its new label.",
    Action.TOKEN_CHANGE,
    TokenLabelForm,
    tokens.change_token,
    change=ChangeToken,
    find=_find_own,
    kinds=EVERYONE,
    labels={"label": ("Label", "Such as the machine that has the token.")},
    then="me#tokens",
)
def _(_: WebRequest, token: Token) -> ActionPage:
    return ActionPage(
        target=token.id,
        effect=("Only the label changes. The token keeps working as before.",),
        stored=token,
    )


def _revoke(web: WebRequest, form: Any) -> ActionResult:
    """Revoke one of the caller's tokens, and show the sessions that may outlive it."""
    member = web.caller.member.id
    revocation = tokens.revoke_token(web.ports, web.caller, member, form.token, why=form.reason)
    return show(
        "web/people/revoked_token.html",
        title=f"The token {form.token} is revoked",
        token=_find_own(web, form.token),
        revocation=revocation,
        was_own_sign_in=form.token == web.caller.token.id,
    )


@web_action(
    "revoke-own-token",
    "Revoke your token",
    "Revoke",
    "",
    Action.TOKEN_REVOKE,
    with_reason(OwnTokenPath),
    perform=_revoke,
    find=_find_own,
    kinds=EVERYONE,
    is_stop=True,
    then="me#tokens",
)
def _(web: WebRequest, token: Token) -> ActionPage:
    is_sign_in = token.id == web.caller.token.id
    return ActionPage(
        target=f"\u2068{token.label}\u2069 ({token.id})",
        effect=(
            (
                "The token stops working at once, for good. Slack users that were linked with"
                " it are unlinked."
            ),
            (
                "Sessions in clients' accounts that you got with it are cut off where the client"
                " allows it. Elsewhere they work until they expire."
            ),
        ),
        warning="You are signed in with this token: this signs you out." if is_sign_in else "",
    )
