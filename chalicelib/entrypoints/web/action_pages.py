"""Show an action's page, and do the action when its form arrives."""

from __future__ import annotations

from typing import Any

from chalice.app import Request, Response
from msgspec.structs import replace

from chalicelib.domain.errors import (
    AccessDenied,
    DaypassError,
    InvalidRequest,
    NotFound,
    Unauthenticated,
)
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.authentication import (
    TARGET_DETAILS,
    TARGET_FIELDS,
    build_target,
)
from chalicelib.entrypoints.http.observability import (
    count_as_vend,
    log_refusal,
)
from chalicelib.entrypoints.http.parsing import check_sent_fields, parse, parse_valid_fields
from chalicelib.entrypoints.web.actions.declared import (
    ACTIONS,
    ActionPage,
    Redirect,
    Typed,
    WebAction,
    Widget,
)
from chalicelib.entrypoints.web.authentication import read_fields
from chalicelib.entrypoints.web.forms import CSRF, Texts, find_text, read_form, read_values
from chalicelib.entrypoints.web.page_errors import build_page_error, find_field
from chalicelib.entrypoints.web.rendering import redirect_to, render_console
from chalicelib.entrypoints.web.request import (
    WebRequest,
    check_form,
    is_of_other_session,
    open_web_request,
    refuse_form,
)
from chalicelib.usecases.admission import EVERYONE, Target
from chalicelib.usecases.ports import Ports

_ID_FIELDS = frozenset({*TARGET_FIELDS, *TARGET_DETAILS, "approver"})
_LONGEST_ID = 100
_SIGNED_IN_AGAIN = (
    "You have signed in again since this form was shown. Nothing is done yet: check the form, and"
    " send it again."
)


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
    names = action.form.__struct_fields__
    sent = {name: [text] for name, text in read_fields(request).items() if name in names}
    typed = _without_long_ids(read_values(action.form, sent))
    target = build_target(parse_valid_fields(action.form, typed))
    web = open_web_request(ports, request, action.kinds, action.action, target=target)
    try:
        check_sent_fields(action.form, typed)
    except InvalidRequest as error:
        return _render(web, action, request, typed, error)
    return _render(web, action, request, typed)


def serve_form(ports: Ports, action: WebAction, request: Request) -> Response:
    """Do the action, and return the page that follows.

    If the form is invalid, or the use case refuses it, return the form again with the error and the
    typed values; so do a form from before the browser's last sign-in, and an action that lets
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
    form_token = find_text(texts, CSRF)
    if is_of_other_session(web, request, form_token):
        refuse_form(web, action.action, target)
        return _show_again(web, action, request, texts)
    check_form(web, request, form_token, action.action, target=target)
    typed: dict[str, Any] = {}
    try:
        typed = read_values(action.form, texts)
        if action.lets_in and not web.signed_in_recently:
            return _render(web, action, request, typed)
        if action.action is Action.VEND:
            count_as_vend(request)
        result = action.perform(web, parse(action.form, typed, from_text=True))
    except Unauthenticated:
        raise
    except DaypassError as error:
        return _render(web, action, request, _without_long_ids(typed), error)
    if isinstance(result, Redirect):
        return redirect_to(web, result.path, done=action.name)
    return render_console(result.template, web, title=result.title, **result.values)


def _without_long_ids(typed: Typed) -> Typed:
    """Return the typed values without IDs that are too long for any key of the table: the action's
    page looks up those that the form sends, valid or not."""
    return {
        name: value
        for name, value in typed.items()
        if name not in _ID_FIELDS or len(value) <= _LONGEST_ID
    }


def _show_again(web: WebRequest, action: WebAction, request: Request, texts: Texts) -> Response:
    """Return the form with its typed values and this session's token. Do nothing. Raise
    AccessDenied if it cannot be shown."""
    refusal = AccessDenied(Reason.WEB_FORM_REFUSED, _SIGNED_IN_AGAIN)
    try:
        typed = _without_long_ids(read_values(action.form, texts))
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
    error: DaypassError | None = None,
) -> Response:
    """Return the action's page: its effect and its form, with the typed values and the error."""
    page, existing, missing = _build_page(web, action, typed)
    error = missing or error
    if error is not None:
        log_refusal(request, error)
        web = replace(web, error=build_page_error(error, typed, is_reader=web.is_reader))
    return render_console(
        page.template or "web/action.html",
        web,
        title=action.build_title(page),
        status=web.error.status if web.error is not None else 200,
        action=action,
        page=page,
        origin_path=_find_origin(web, action, existing),
        can_sign_in_at_provider=bool(web.ports.identity_providers.web_issuers),
        needs_sign_in=action.lets_in and not web.signed_in_recently,
        **page.values,
    )


def _build_page(
    web: WebRequest, action: WebAction, typed: Typed
) -> tuple[ActionPage, Typed, NotFound | None]:
    """Return the action's page, the typed values, and no error.

    If a typed name does not exist, return the page that asks for it with the typed text, the other
    values, and the error. Raise NotFound if no page asks for it.
    """
    remaining, error = dict(typed), None
    while True:
        try:
            page = action.build_page(web, remaining)
            break
        except NotFound as missing:
            name = find_field(missing)
            if name not in remaining:
                raise (error or missing) from None
            del remaining[name]
            error = missing
    if error is None:
        return page, typed, None
    shown = {each.name for each in page.fields if each.widget is not Widget.HIDDEN}
    if find_field(error) not in shown:
        raise error
    missing_names = typed.keys() - remaining.keys()
    fields = (
        replace(each, value=typed[each.name]) if each.name in missing_names else each
        for each in page.fields
    )
    return replace(page, fields=tuple(fields)), remaining, error


def _find_origin(web: WebRequest, action: WebAction, typed: Typed) -> str:
    """Return the path, below the root, of the page about the form's object, to which "Cancel" goes
    back. Empty, for the first page, if the form names none that the member may see."""
    fields = parse_valid_fields(action.form, typed)
    if "request" in fields:
        return f"requests/{fields['request']}"
    if not web.is_reader:
        return "me" if "token" in fields else ""
    if "engagement" in fields:
        return f"engagements/{fields['engagement']}"
    if "member" in fields:
        return f"people/{fields['member']}"
    return "stops" if action.is_stop else ""
