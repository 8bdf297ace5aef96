"""Declare an action of the web console once: its form, its effect, and the use case that it calls.

The console shows each action on a page of its own, with its exact effect first. A button then sends
the form. Each action calls a use case of the API, so it leaves the same entry on the trail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from msgspec.structs import asdict, fields

from chalicelib.domain.identifiers import SLUG, constrain_identifier
from chalicelib.domain.people.members import Kind
from chalicelib.domain.text import ReasonText, count_of
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request, Value, build_type
from chalicelib.domain.vending.stops.previews import Preview, PreviewPart
from chalicelib.entrypoints.web.actions.tallies import MOST_ROWS, Tally
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.actions import Draft, LeadAction
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.grants import find_grant
from chalicelib.usecases.engagements.roles import find_role
from chalicelib.usecases.people.members import find_member

C = TypeVar("C", bound=Value)
ActionName = Annotated[str, constrain_identifier("the name of an action", SLUG, 40, 2)]
Typed = Mapping[str, Any]
"""The typed values of a form by name: a text, or a list of texts for a field with several."""
Label = str | tuple[str, str]
"""The label of a form's field, or its label and its hint."""
NAMES = (
    "engagement",
    "role",
    "member",
    "token",
    "link",
    "session",
    "request",
    "client",
    "approver",
    "challenge",
    "port",
)
"""The fields that can name the object of an action, from the outer to the inner object."""
CHANGED = (
    "Someone has changed this since you opened this page. The form shows the latest version. Check"
    " the form, and send it again."
)


class ActionPage(Value):
    """The page of an action, before it is done. Its fields are those of the action's form."""

    effect: tuple[str, ...] = ()
    """Sentences on the exact effect, in the order in which they are read."""
    parts: tuple[PreviewPart, ...] = ()
    """More of the effect, by part."""
    warning: str = ""
    """A sentence that stands out. Empty if there is none."""
    target: str = ""
    """The object of the action as a heading shows it. If it is empty, the heading shows the
    engagement and the role that the form names, if any."""
    heading: str = ""
    """The heading before the target. If it is empty, the action's heading is used."""
    stored: Any = None
    """The fields' first values: an object with attributes of their names, or a mapping."""
    options: Mapping[str, tuple[tuple[str, str], ...]] = {}
    """The options of fields whose types have none, as pairs of a value and its text. For a text
    field they are suggestions: any other text can be typed."""
    labels: Mapping[str, Label] = {}
    """The labels of this target's fields, where they differ from the action's."""
    without: frozenset[str] = frozenset()
    """The form's fields that this target has not."""
    required: frozenset[str] = frozenset()
    """The fields that the form can leave out, and that this target needs."""
    has_form: bool = True
    """False if there is nothing to do."""
    next_page: str = ""
    """The content of the next page, if this page only asks for missing IDs. Empty if it does not.
    """


def build_rows_page(
    noun: str,
    options: Sequence[tuple[str, str]],
    others: Sequence[str],
    *effect: str,
    parts: Sequence[PreviewPart] = (),
    problem: str = "",
) -> ActionPage:
    """Return the page of an action on several rows of a list.

    `noun` names one row, such as "grant". `options` are the ticked rows, as pairs of a value and
    its text. `others` are sentences on rows that are left out, and why. `effect` has sentences on
    what the action will do, and `parts` lists with a title. `problem` is a warning that does not
    prevent the action.
    """
    nothing = "" if options else f"Nothing is ticked. Tick 1 to {MOST_ROWS} {noun}s in the list."
    return ActionPage(
        effect=effect if options else (),
        parts=(*parts, *((PreviewPart("Left out", tuple(others)),) if others else ())),
        warning=nothing or problem,
        has_form=bool(options),
        target=count_of(len(options), noun),
        options={"row": tuple(options)},
    )


class Shown(Value, kw_only=False):
    """The result of an action that only this response shows, such as a secret."""

    template: str
    title: str
    values: Mapping[str, Any]


ActionResult = str | Shown | Tally | None
"""A text is the path, below the root, of the page of the console that shows the result. After None
or a tally, the page that follows is the action's own, and shows the tally."""


def show(template: str, *, title: str, **values: Any) -> Shown:
    """Return the result that renders this template. The page cannot be opened again."""
    return Shown(template, title, values)


Perform = Callable[[WebRequest, Any], ActionResult]
BuildPage = Callable[[WebRequest, Any], ActionPage]


class WebAction(Value):
    """The declaration of an action."""

    name: str
    """The name in URLs, such as `grant-access`."""
    heading: str
    button: str
    done: str
    """A sentence for the page that follows; with `rows`, a word before their number."""
    action: Action
    """The action that the trail records for a refusal."""
    form: type[Request]
    kinds: frozenset[Kind] = LEADS
    """The kinds of members who may do it."""
    grants_access: bool = False
    """True if it gives someone access, or extends it. It then needs a recent sign-in."""
    is_stop: bool = False
    """True if it takes access away. The page then shows its effect as a warning."""
    enters_client: bool = False
    """True if it assumes a client's role. The function ClientCheck then does it."""
    rows: str = ""
    """The noun of the rows that the field `row` of the form has, such as `grant`. `find` then gets
    them as `rows`. Empty if the action has one object."""
    asks_for: str = ""
    """If the URL lacks IDs, a first page asks for them. This is the content of the page after it,
    such as `the exact effect`. Empty if no page asks for IDs: they have to be in the URL."""
    labels: Mapping[str, Label] = {}
    """The labels of fields that are not as usual, in the order of the form, before the others."""
    then: str = ""
    """The path of the page that follows, below the root, with names of the form in braces. Empty:
    the page about the object that the form names."""
    is_step: bool = False
    """True if that page is the next step, or shows what the action made. Otherwise one returns to
    the page on which the action was opened."""
    body: type[Request] | None = None
    """The request that the use case takes, with fields of the form. None if the use case takes
    keywords."""
    change: type[Request] | None = None
    """In place of `body`, a request with the fields that the form changes."""
    find: Callable[..., Any] | None = None
    """Returns the object that the page is about, by its IDs. If it is None, `find_object` reads the
    object."""
    preview: Callable[[WebRequest, Mapping[str, str]], Preview] | None = None
    """Returns the effect, by the names, if the action is declared for all doors."""
    perform: Perform
    build_page: BuildPage

    @property
    def names(self) -> dict[str, str]:
        """Return the form's fields that are IDs, in the order of NAMES, each with its value if it
        is not sent: "-", which no object has, for a required one, or else empty text. A field in
        `labels` is not an ID."""
        declared = {each.name: each.required for each in fields(self.form)}
        return {
            name: "-" if declared[name] else ""
            for name in NAMES
            if name in declared and name not in self.labels
        }

    def build_title(self, page: ActionPage) -> str:
        """Return the title of its page: the heading with the target. Without a target, it does not
        end with the word before one."""
        heading = page.heading or self.heading
        return f"{heading} {page.target}" if page.target else _LAST_WORD.sub("", heading)

    @property
    def path(self) -> str:
        """Return the path of the form's target below the root."""
        return f"{'client-actions' if self.enters_client else 'actions'}/{self.name}"


_LAST_WORD = re.compile(r" (?:for|of|to|with)$|:$")
ACTIONS: dict[str, WebAction] = {}
"""The actions of the modules that this Lambda function has imported, by name."""


def web_action(
    name: str,
    heading: str,
    button: str,
    done: str,
    action: Action,
    form: type[Request],
    call: Callable[..., object] | None = None,
    *,
    perform: Perform | None = None,
    **facts: Any,
) -> Callable[[BuildPage], BuildPage]:
    """Return a decorator of the function that builds the action's page. It registers the action.

    `call` is the use case. Pass `perform` instead if the use case needs more than the form, or if
    the action has a result to show. `facts` are other fields of WebAction.
    """

    def declare(build_page: BuildPage) -> BuildPage:
        if name in ACTIONS:
            raise ValueError(f"there are two actions {name}")
        ACTIONS[name] = declared = WebAction(
            name=name,
            heading=heading,
            button=button,
            done=done,
            action=action,
            form=form,
            perform=perform or (lambda web, sent: _call(declared, call, web, sent)),
            build_page=build_page,
            **facts,
        )
        return build_page

    return declare


def _call(action: WebAction, use_case: Any, web: WebRequest, form: Request) -> None:
    """Call the use case with the IDs in the form, and with its other fields as keywords or as one
    request. Do not call it if a form changes nothing."""
    # In the order of NAMES, in which use cases take the IDs.
    names = {name: getattr(form, name) for name in action.names}
    if action.change is not None:
        change = list_changes(action.change, form, find_object(web, action, names))
        if change is not None:
            use_case(web.ports, web.caller, *names.values(), change)
    elif action.body is not None:
        body = pick_fields(action.body, form)
        use_case(web.ports, web.caller, *names.values(), body)
    else:
        others = {name: value for name, value in asdict(form).items() if name not in names}
        if "reason" in others:  # use cases call it `why`, because a Reason is a refusal's
            others["why"] = others.pop("reason")
        use_case(web.ports, web.caller, *names.values(), **others)


def find_object(web: WebRequest, action: WebAction, names: Mapping[str, Any]) -> Any:
    """Return what the action is about. Raise NotFound if there is none."""
    if action.find is not None:
        return action.find(web, **names)
    finder = _FINDERS.get(tuple(names))
    return finder(web.ports, *names.values()) if finder is not None else None


_FINDERS: Mapping[tuple[str, ...], Callable[..., Any]] = {
    ("engagement",): find_engagement,
    ("engagement", "role"): find_role,
    ("engagement", "member"): find_grant,
    ("member",): find_member,
}


def pick_fields(kind: type[C], source: Value) -> C:
    """Return the request of this kind with the fields of the same names of a form or an item."""
    names = (name for name in kind.__struct_fields__ if hasattr(source, name))
    return kind(**{name: getattr(source, name) for name in names})


def list_changes(kind: type[C], form: Request, stored: Any) -> C | None:
    """Return the request with the fields that the form changes, and the version that it showed.
    Return None if it changes no field, for example because the same form was sent before."""
    changes = {
        name: value
        for name in kind.__struct_fields__
        if name != "version"
        and hasattr(form, name)
        and not shows_same(value := getattr(form, name), getattr(stored, name))
    }
    if changes and "version" in kind.__struct_fields__:
        changes["version"] = getattr(form, "version", None)
    return kind(**changes) if changes else None


def shows_same(sent: object, stored: object) -> bool:
    """Return whether the form's field shows the stored value. A form has times without seconds, and
    a field of a time that was left empty changes nothing."""
    if isinstance(stored, datetime):
        return sent in (None, stored, stored.replace(second=0, microsecond=0))
    return sent == stored


def with_reason(path: type[Request]) -> Any:
    """Return the type of a form with these names and a reason."""
    return build_type(f"{path.__name__}Reason", {"reason": ReasonText}, path)


def lead_action(
    action: LeadAction, form: type[Request], *, perform: Perform | None = None, **facts: Any
) -> Callable[[BuildPage], BuildPage]:
    """Return a decorator like `web_action`'s for an action that is declared once for the API, the
    command, Slack and the console. Its page shows the action's preview."""

    def preview(web: WebRequest, names: Mapping[str, str]) -> Preview:
        draft: dict[str, Any] = dict(names)
        return action.preview(web.ports, web.caller, Draft(**draft))

    return web_action(
        action.name,
        action.heading,
        action.button,
        action.done,
        action.action,
        form,
        action.perform,
        perform=perform,
        **{
            "preview": preview,
            "grants_access": not action.is_stop,
            "is_stop": action.is_stop,
            # An action with a target asks for missing IDs, and says that the next page shows this.
            "asks_for": "the exact effect" if action.target else "",
        }
        | facts,
    )


def find_done_text(name: str, tally: Tally | None) -> str:
    """Return the sentence that says that the action is done. Empty for an unknown name."""
    action = ACTIONS.get(name)
    if action is None or (action.rows and tally is None):
        return ""
    rows = f" {count_of(tally.count, action.rows)}." if tally is not None and action.rows else ""
    return f"{action.done}{rows}"
