"""Show an action's page, and do the action when its form arrives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from msgspec.structs import replace

from chalicelib.domain.errors import (
    AccessDenied,
    Conflict,
    DaypassError,
    InvalidRequest,
    NotFound,
    Unauthenticated,
)
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request as RequestFields
from chalicelib.domain.vending.stops.previews import Preview
from chalicelib.entrypoints.http.authentication import build_target
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.observability import count_as_vend, log_refusal
from chalicelib.entrypoints.http.parsing import list_errors, parse, parse_valid_fields
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.web.actions.declared import (
    ACTIONS,
    CHANGED,
    ActionName,
    ActionPage,
    Redirect,
    Shown,
    Typed,
    WebAction,
    find_object,
)
from chalicelib.entrypoints.web.actions.fields import build_fields, find_stored
from chalicelib.entrypoints.web.actions.tallies import Tally
from chalicelib.entrypoints.web.forms import (
    CSRF,
    RETURN,
    Texts,
    find_text,
    read_form,
    read_query,
    read_values,
)
from chalicelib.entrypoints.web.navigation import read_return
from chalicelib.entrypoints.web.page_errors import build_page_error, find_field
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import (
    WebRequest,
    check_form,
    is_of_other_session,
    open_web_request,
    refuse_form,
)
from chalicelib.usecases.admission import EVERYONE, Target
from chalicelib.usecases.engagements.listing import suggest
from chalicelib.usecases.ports import Ports

_SIGNED_IN_AGAIN = (
    "You have signed in again since this form was shown. Nothing has been done yet. Check the form,"
    " and send it again."
)


class ActionPath(RequestFields):
    """The path of an action. `action` is its name, such as `grant-access`."""

    action: ActionName


def find_action(ports: Ports, request: Request, *, enters_client: bool | None = None) -> WebAction:
    """Return the action in the request's path. With `enters_client`, return it only if that is its
    own. Raise NotFound if there is none, to members who are signed in, and Unauthenticated to
    others."""
    action = ACTIONS.get((request.uri_params or {}).get("action", ""))
    if action is None or enters_client not in (None, action.enters_client):
        open_web_request(ports, request, EVERYONE, Action.READ, stores_use=not enters_client)
        raise NotFound(Reason.NO_SUCH_WEB_PAGE)
    return action


def show_action(ports: Ports, action: WebAction, request: Request) -> Response:
    """Return the page of the action, with its effect first. The query's fields are the form's first
    values. If one is invalid, the page shows the error. Raise the errors of the action's page."""
    query = read_query(request)
    names = action.form.__struct_fields__
    typed = read_values(action.form, {n: texts for n, texts in query.items() if n in names})
    target = build_target(parse_valid_fields(action.form, typed))
    web = open_web_request(ports, request, action.kinds, action.action, target=target)
    web = _with_return(web, query)
    errors = list_errors(action.form, typed, is_whole=False)
    return _render(web, action, request, typed, *errors)


def serve_form(ports: Ports, action: WebAction, request: Request) -> Response:
    """Do the action, and return the page that follows.

    If the form is invalid, or the use case refuses it, return the form again with all errors and
    the typed values; so do a form from before the browser's last sign-in, and an action that lets
    someone in after an old sign-in. Raise Unauthenticated without a session, and AccessDenied for a
    form of another site, and for a member who may not do it.
    """
    texts = read_form(request)
    target = _find_target(action, texts)
    web = open_web_request(
        ports,
        request,
        action.kinds,
        action.action,
        target=target,
        stores_use=not action.enters_client,
    )
    web, form_token = _with_return(web, texts), find_text(texts, CSRF)
    if is_of_other_session(web, request, form_token):
        refuse_form(web, action.action, target)
        return _show_again(web, action, request, texts)
    check_form(web, request, form_token, action.action, target=target)
    typed: dict[str, Any] = {}
    try:
        typed = read_values(action.form, texts)
        if action.lets_in and not web.signed_in_recently:
            return _render(web, action, request, typed)
        if errors := list_errors(action.form, typed, is_whole=True):
            return _render(web, action, request, typed, *errors)
        if action.action is Action.VEND:
            count_as_vend(request)
        form = parse(action.form, typed, from_text=True)
        result = action.perform(web, form)
    except Unauthenticated:
        raise
    except DaypassError as error:
        return _render(web, action, request, typed, error)
    if isinstance(result, Shown):
        return render_console(result.template, web, title=result.title, **result.values)
    if isinstance(result, Redirect):
        return redirect_to(web, result.path, done=action.name)
    names = {name: getattr(form, name) for name in form.__struct_fields__}
    path = ("" if action.is_step else web.here) or _find_page(web, action, names)
    return redirect_to(web, path, done=action.name, tally=result)


def _with_return(web: WebRequest, sent: Texts) -> WebRequest:
    """Return the request with the page to return to, if the query or the form names one."""
    return replace(web, here=read_return(find_text(sent, RETURN)))


def _show_again(web: WebRequest, action: WebAction, request: Request, texts: Texts) -> Response:
    """Return the form with its typed values and this session's token. Do nothing. Raise
    AccessDenied if it cannot be shown."""
    refusal = AccessDenied(Reason.WEB_FORM_REFUSED, _SIGNED_IN_AGAIN)
    try:
        typed = read_values(action.form, texts)
        return _render(web, action, request, typed, refusal)
    except DaypassError:
        raise refusal from None


def _find_target(action: WebAction, texts: Texts) -> Target:
    """Return the IDs in the form, for the trail entry of a refusal. Ignore invalid ones."""
    single = {name: values[0] for name, values in texts.items() if len(values) == 1}
    return build_target(parse_valid_fields(action.form, single))


def _render(
    web: WebRequest,
    action: WebAction,
    request: Request,
    typed: Typed,
    *errors: DaypassError,
) -> Response:
    """Return the action's page: its effect and its form, with the typed values and the errors."""
    error: DaypassError | None = next(iter(errors), None)
    valid = parse_valid_fields(action.form, {n: typed[n] for n in action.names if n in typed})
    names = action.names | valid
    try:
        page = _build_page(web, action, names, valid, typed)
    except (NotFound, InvalidRequest) as missing:
        name = find_field(missing)
        if not action.asks_for or name not in names:
            raise
        valid.pop(name, None)
        page, error, errors = _ask_for_names(web, action, valid), missing, ()
    was_sent = request.method == "POST"
    version = str(find_stored(page.stored, "version"))
    is_stale = was_sent and typed.get("version", version) != version
    if is_stale and (error is None or error.reason is Reason.CHANGED_MEANWHILE):
        # The typed values would undo what someone else has changed.
        typed = {n: value for n, value in typed.items() if find_stored(page.stored, n) is None}
        was_sent, error, errors = False, Conflict(Reason.CHANGED_MEANWHILE, CHANGED), ()
    if error is not None:
        log_refusal(request, error)
        shown = build_page_error(error, typed, *errors[1:], is_reader=web.is_reader)
        web = replace(web, error=shown)
    origin_path = web.here or _find_page(web, action, valid)
    return render_console(
        "web/choose.html" if page.next_page else "web/action.html",
        web,
        title=action.build_title(page),
        status=web.error.status if web.error is not None else 200,
        action=action,
        page=page,
        fields=build_fields(action, page, names, typed, was_sent=was_sent),
        above=origin_path,
        origin_path=origin_path,
        issuers=web.ports.identity_providers.web_issuers,
        needs_sign_in=action.lets_in and not web.signed_in_recently,
    )


def _build_page(
    web: WebRequest, action: WebAction, names: Mapping[str, str], valid: Typed, typed: Typed
) -> ActionPage:
    """Return the action's page, or one that asks for its names. Raise NotFound if a name is that of
    no object."""
    if action.asks_for and len(valid) < len(names):
        return _ask_for_names(web, action, valid)
    rows = {"rows": parse_valid_fields(action.form, typed).get("row", ())} if action.rows else {}
    page = action.build_page(web, find_object(web, action, {**names, **rows}))
    if action.preview is not None:
        page = _with_preview(page, action.preview(web, names))
    is_named = page.target or page.heading
    inner = [names[name] for name in ("engagement", "role") if names.get(name)]
    return page if is_named else replace(page, target="/".join(inner))


def _with_preview(page: ActionPage, preview: Preview) -> ActionPage:
    """Return the page with the effect. One of a single part needs no heading for it."""
    heading, _, target = preview.title.partition(": ")
    is_short = len(preview.parts) == 1
    return replace(
        page,
        effect=preview.parts[0].lines if is_short else (),
        parts=() if is_short else preview.parts,
        warning=" ".join(preview.warnings),
        heading=f"{heading}:" if target else heading,
        target=target,
        stored=page.stored or {"version": preview.version},
    )


def _ask_for_names(web: WebRequest, action: WebAction, valid: Typed) -> ActionPage:
    """Return the page that asks for the names: the effect comes before the button."""
    options = {name: suggest(web.ports, name) for name in action.names if name != "role"}
    if "role" in action.names and "engagement" in valid:
        options["role"] = suggest(web.ports, "role", engagement=valid["engagement"])
    return ActionPage(next_page=action.asks_for, options=options)


def _find_page(web: WebRequest, action: WebAction, names: Typed) -> str:
    """Return the path, below the root, of the page about the form's object: the one that follows
    the action, and to which "Cancel" goes back. Empty, for the first page, if the form names none
    that the member may see."""
    try:
        return action.then.format(**names) or _find_object_page(web, action, names)
    except KeyError:
        return _find_object_page(web, action, names)


def _find_object_page(web: WebRequest, action: WebAction, names: Typed) -> str:
    if "request" in names:
        return f"requests/{names['request']}"
    if not web.is_reader:
        return ""
    if "engagement" in names:
        role = f"/roles/{names['role']}" if names.get("role") and not action.is_stop else ""
        return f"engagements/{names['engagement']}{role}"
    if "member" in names:
        return f"people/{names['member']}"
    return "stops" if action.is_stop else ""


def redirect_to(
    web: WebRequest, path: str, *, done: str = "", tally: Tally | None = None
) -> Response:
    """Return a response that redirects the browser to a page of the console.

    `path` is below the root, such as `engagements/acme-prod`. `done` is the name of an action. The
    page shows that action's sentence, and what it did to several rows.
    """
    page, mark, anchor = path.partition("#")
    separator = "&" if "?" in page else "?"
    query = urlencode({"done": done} | (tally.as_query() if tally is not None else {}))
    query = f"{separator}{query}" if done else ""
    return redirect(f"{web.root}/{page}{query}{mark}{anchor}".rstrip("/"))
