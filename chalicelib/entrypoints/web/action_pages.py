"""Show an action's page, and do the action when its form arrives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec.structs import asdict, replace

from chalicelib.domain.errors import (
    AccessDenied,
    Conflict,
    DaypassError,
    InvalidRequest,
    NotFound,
    Reason,
    Unauthenticated,
)
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
    "You signed in again after this form was shown, so nothing was changed. Check the form, and"
    " send it again."
)


class ActionPath(RequestFields):
    """The path of an action. `action` is its name, such as `grant-access`."""

    action: ActionName


def find_action(ports: Ports, request: Request, *, enters_client: bool | None = None) -> WebAction:
    """Return the action in the request's path.

    If `enters_client` is not None, return only an action with this value: one Lambda function
    serves the forms of actions that assume a client's role, and another the rest. If there is no
    such action, raise Unauthenticated without a browser session, and NotFound with one.
    """
    action = ACTIONS.get((request.uri_params or {}).get("action", ""))
    if action is None or enters_client not in (None, action.enters_client):
        # Raise Unauthenticated first, if the browser is not signed in. The Lambda function that
        # assumes clients' roles may not write browser sessions.
        open_web_request(ports, request, EVERYONE, Action.READ, stores_use=not enters_client)
        raise NotFound(Reason.NO_SUCH_WEB_PAGE)
    return action


def show_action(ports: Ports, action: WebAction, request: Request) -> Response:
    """Return the page of the action: what it will do, and then its form. The query's fields are the
    form's first values. If one is invalid, the page shows the error. Raise Unauthenticated
    without a session, AccessDenied if the member may not do the action, and NotFound if an object
    that the action is about does not exist."""
    query = read_query(request)
    names = action.form.__struct_fields__
    typed = read_values(action.form, {n: texts for n, texts in query.items() if n in names})
    target = build_target(parse_valid_fields(action.form, typed))
    web = open_web_request(ports, request, action.kinds, action.action, target=target)
    web = _with_return(web, query)
    errors = list_errors(action.form, typed, is_whole=False)  # missing fields are no errors yet
    return _render(web, action, request, typed, *errors)


def serve_form(ports: Ports, action: WebAction, request: Request) -> Response:
    """Do the action, and return the page that follows.

    If the form is invalid, or the use case refuses it, return the form again with all errors and
    the typed values. Also return the form again if it was shown before the browser's last sign-in,
    or if the action grants access and the last sign-in is not recent. Raise Unauthenticated without
    a session, and AccessDenied for another site's form, or if the member may not do the action.
    """
    texts = read_form(request)
    target = _find_target(action, texts)
    web = open_web_request(
        ports,
        request,
        action.kinds,
        action.action,
        target=target,
        # An action that assumes a client's role runs in the Lambda function ClientCheck, which may
        # not write browser sessions.
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
        if action.grants_access and not web.signed_in_recently:
            return _render(web, action, request, typed)  # asks for a sign-in
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
    # See `ActionResult`: a page to show only now, the path of a page, a tally or nothing.
    if isinstance(result, Shown):
        return render_console(result.template, web, title=result.title, **result.values)
    if isinstance(result, str):
        return redirect_to(web, result, done=action.name)
    # After a step of several, go on to its page, and not back to where the action was opened.
    path = ("" if action.is_step else web.return_path) or _find_page(web, action, asdict(form))
    return redirect_to(web, path, done=action.name, tally=result)


def _with_return(web: WebRequest, sent: Texts) -> WebRequest:
    """Return the request with the page to return to, if the query or the form names one."""
    return replace(web, return_path=read_return(find_text(sent, RETURN)))


def _show_again(web: WebRequest, action: WebAction, request: Request, texts: Texts) -> Response:
    """Return the page of the form again, with its typed values and this session's form token. The
    action is not done. Raise AccessDenied if the page cannot be shown."""
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
    """Return the action's page: its effect and its form, with the typed values and the errors. The
    first error is the page's, and the others stand beside their fields."""
    # The sent IDs that are valid. In `names`, an ID that was not sent is "-", which no object has,
    # or empty if the form can leave it out.
    valid = parse_valid_fields(action.form, {n: typed[n] for n in action.names if n in typed})
    names = action.names | valid
    try:
        page = _build_page(web, action, names, valid, typed)
    except (NotFound, InvalidRequest) as missing:
        # If one of the IDs names no object, and the action can ask for IDs, ask again. The form's
        # other errors would be about a form that the page does not show.
        name = find_field(missing)
        if not action.asks_for or name not in names:
            raise
        valid.pop(name, None)
        page, errors = _ask_for_names(web, action, valid), (missing,)
    # An outdated form has no other error, so the conflict replaces none.
    was_sent = request.method == "POST"
    if was_sent and _is_outdated(page, typed, errors):
        # Forget the typed values of stored fields: they would undo what someone else has changed.
        typed = {n: value for n, value in typed.items() if find_stored(page.stored, n) is None}
        was_sent, errors = False, (Conflict(Reason.CHANGED_MEANWHILE, CHANGED),)
    if errors:
        error, *others = errors
        log_refusal(request, error)
        shown = build_page_error(error, typed, *others, is_reader=web.is_reader)
        web = replace(web, error=shown)
    origin_path = web.return_path or _find_page(web, action, valid)
    return render_console(
        "web/choose.html" if page.next_page else "web/action.html",
        web,
        title=action.build_title(page),
        status=web.error.status if web.error is not None else 200,
        action=action,
        page=page,
        fields=build_fields(action, page, names, typed, was_sent=was_sent),
        above=origin_path,  # for the links to the pages above
        origin_path=origin_path,  # for "Cancel"
        issuers=web.ports.identity_providers.web_issuers,
        needs_sign_in=action.grants_access and not web.signed_in_recently,
    )


def _is_outdated(page: ActionPage, typed: Typed, errors: Sequence[DaypassError]) -> bool:
    """Return whether the form was shown for an earlier version of the object, and has no other
    error."""
    version = str(find_stored(page.stored, "version"))
    has_other_error = bool(errors) and errors[0].reason is not Reason.CHANGED_MEANWHILE
    return typed.get("version", version) != version and not has_other_error


def _build_page(
    web: WebRequest, action: WebAction, names: Mapping[str, str], valid: Typed, typed: Typed
) -> ActionPage:
    """Return the action's page, or a page that asks for the IDs that are missing.

    `names` are the IDs of the objects that the action is about (an engagement, a role, a member …),
    `valid` those of them that were sent and are valid, and `typed` all sent values. Raise NotFound
    if an object does not exist.
    """
    if action.asks_for and len(valid) < len(names):
        return _ask_for_names(web, action, valid)
    # Some actions are about rows that the member has ticked in a list. The field `row` has them.
    rows = {"rows": parse_valid_fields(action.form, typed).get("row", ())} if action.rows else {}
    page = action.build_page(web, find_object(web, action, {**names, **rows}))
    if action.preview is not None:
        page = _with_preview(page, action.preview(web, names))
    if page.target or page.heading:
        return page
    ids = [names[name] for name in ("engagement", "role") if names.get(name)]
    return replace(page, target="/".join(ids))


def _with_preview(page: ActionPage, preview: Preview) -> ActionPage:
    """Return the page with the preview's effect. A single part is shown without its heading."""
    # A preview's title is an action and its target, such as "Revoke a grant: bob in acme-prod". The
    # action has no colon.
    heading, _, target = preview.title.partition(": ")
    is_short = len(preview.parts) == 1
    # `stored` has the form's first values, or else only the version. The form sends the version
    # back, so that Daypass notices if someone else changes the object meanwhile.
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
    """Return the page that asks for the missing IDs. The action's own page, with its effect and its
    button, comes next."""
    options = {name: suggest(web.ports, name) for name in action.names if name != "role"}
    if "role" in action.names and "engagement" in valid:
        options["role"] = suggest(web.ports, "role", engagement=valid["engagement"])
    return ActionPage(next_page=action.asks_for, options=options)


def _find_page(web: WebRequest, action: WebAction, names: Typed) -> str:
    """Return the path, below the root, of the page about the form's object. It follows the action,
    and "Cancel" goes back to it. Return empty text, the path of the first page, if the form names
    no object that the member may see."""
    try:
        return action.then.format(**names) or _find_object_page(web, action, names)
    except KeyError:
        return _find_object_page(web, action, names)


def _find_object_page(web: WebRequest, action: WebAction, names: Typed) -> str:
    """Return the path of the page about the object with these IDs, or of the list of stops for a
    stop of anything else. Return an empty string if there is none that the member may see."""
    if "request" in names:
        return f"requests/{names['request']}"
    if not web.is_reader:
        return ""
    if "engagement" in names:
        # The engagement's page shows the result of a stop, an action that takes access away.
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
