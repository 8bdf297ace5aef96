"""Rename and revoke one's own tokens."""

from __future__ import annotations

from chalicelib.domain.errors import NotFound
from chalicelib.domain.identifiers import TokenId
from chalicelib.domain.people.tokens import ChangeToken, Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.text import ReasonText, TokenLabel
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.parsing import parse_valid_fields
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    show,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import build_field, hidden, reason_field
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.people import tokens


class TokenLabelForm(Request, frozen=True, kw_only=True):
    token: TokenId
    label: TokenLabel


class OwnTokenForm(Request, frozen=True, kw_only=True):
    token: TokenId
    reason: ReasonText


def _find_own(web: WebRequest, typed: Typed) -> Token:
    """Return the caller's token whose ID was typed. Raise NotFound if they have none such."""
    fields = parse_valid_fields(TokenLabelForm, {"token": typed.get("token", "")})
    if "token" not in fields:
        raise NotFound(Reason.NO_SUCH_TOKEN)
    return tokens.find_token(web.ports, web.caller.member.id, fields["token"])


@web_action(
    "rename-token",
    heading="Rename the token",
    button="Rename",
    done="The token has its new label.",
    kinds=EVERYONE,
    action=Action.TOKEN_CHANGE,
    form=TokenLabelForm,
)
def rename_token(web: WebRequest, form: TokenLabelForm) -> ActionResult:
    """Change the label of one of the caller's tokens. Change nothing if it has this label."""
    stored = tokens.find_token(web.ports, web.caller.member.id, form.token)
    if stored.label != form.label:
        tokens.change_token(web.ports, web.caller, form.token, ChangeToken(label=form.label))
    return go_to("me#tokens")


@rename_token.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    token = _find_own(web, typed)
    return ActionPage(
        target=token.id,
        effect=("Only the label changes. The token keeps working as before.",),
        fields=(
            hidden("token", token.id),
            build_field(
                "label",
                "Label",
                value=typed.get("label", token.label),
                hint="Such as the machine that has the token.",
            ),
        ),
    )


@web_action(
    "revoke-own-token",
    heading="Revoke your token",
    button="Revoke",
    done="",
    kinds=EVERYONE,
    action=Action.TOKEN_REVOKE,
    form=OwnTokenForm,
    is_stop=True,
)
def revoke_own_token(web: WebRequest, form: OwnTokenForm) -> ActionResult:
    """Revoke one of the caller's tokens, and show the sessions that may outlive it."""
    member = web.caller.member.id
    revocation = tokens.revoke_token(web.ports, web.caller, member, form.token, why=form.reason)
    token = tokens.find_token(web.ports, member, form.token)
    return show(
        "web/people/revoked_token.html",
        title="Revoked token",
        token=token,
        revocation=revocation,
        was_own_sign_in=form.token == web.caller.token.id,
    )


@revoke_own_token.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    token = _find_own(web, typed)
    is_sign_in = token.id == web.caller.token.id
    return ActionPage(
        target=f"\u2068{token.label}\u2069 ({token.id})",
        effect=(
            (
                "The token works no more, at once and for good. Slack users that were linked with"
                " it are unlinked."
            ),
            (
                "Sessions in clients' accounts that you got with it are cut off where the client"
                " allows it. Elsewhere they work until their time is up."
            ),
        ),
        fields=(
            hidden("token", token.id),
            reason_field(typed.get("reason", ""), hint="The trail keeps it."),
        ),
        warning="You are signed in with this token: this signs you out." if is_sign_in else "",
    )
