"""Rename and revoke one's own tokens, and log the command in."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.errors import NotFound
from chalicelib.domain.moments import describe_duration
from chalicelib.domain.people.enrolments import LOGIN_LIFE, CommandLogin
from chalicelib.domain.people.tokens import ChangeToken, Token
from chalicelib.domain.reasons import Reason
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
from chalicelib.usecases.people.sign_in import create_login_code


class TokenLabelForm(OwnTokenPath):
    label: TokenLabel


def _find_own(web: WebRequest, token: str) -> Token:
    return tokens.find_token(web.ports, web.caller.member.id, token)


@web_action(
    "rename-token",
    "Rename the token",
    "Rename",
    "The token has a new label.",
    Action.TOKEN_CHANGE,
    TokenLabelForm,
    tokens.change_token,
    change=ChangeToken,
    find=_find_own,
    kinds=EVERYONE,
    labels={"label": ("Label", "For example, the name of the machine that uses the token.")},
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
                "The token stops working immediately and permanently. Slack accounts that were"
                " linked with it are unlinked."
            ),
            (
                "Sessions that you got with it are cut off in accounts of clients who allow it. In"
                " other accounts, they work until they expire."
            ),
        ),
        warning=("You are signed in with this token, so revoking it signs you out.")
        if is_sign_in
        else "",
    )


def _find_waiting(_: WebRequest, challenge: str, port: str) -> CommandLogin:
    if "-" in (challenge, port):  # the address names no command
        raise NotFound(Reason.NO_SUCH_WEB_PAGE)
    return CommandLogin(challenge=challenge, port=port)


def _log_in_command(web: WebRequest, form: CommandLogin) -> ActionResult:
    """Create a code for the waiting command, and show the page that sends it there. It sends it in
    a form's body: an address with a code could be copied to someone else."""
    new = create_login_code(web.ports, web.caller, web.session, form)
    target = f"http://127.0.0.1:{form.port}"
    return show(
        "web/people/log_in_command.html",
        title="Log the command in",
        code=new.code,
        form_target=target,
    )


@web_action(
    "log-in-command",
    "Log the command in",
    "Log the command in",
    "",
    Action.ENROLMENT_CREATE,
    CommandLogin,
    perform=_log_in_command,
    find=_find_waiting,
    kinds=EVERYONE,
    grants_access=True,
    then="me#tokens",
)
def _(_web: WebRequest, _login: CommandLogin) -> ActionPage:
    life = describe_duration(int(LOGIN_LIFE.total_seconds()))
    return ActionPage(
        effect=(
            f"The command daypass on this computer is logged in as you for {life}.",
            (
                "The command can get the same sessions as you, as after a login with an enrolment"
                " code."
            ),
            "To log it out earlier, type daypass logout --revoke, or revoke its token here.",
        ),
        warning="Continue only if you have just typed daypass login on this computer.",
    )
