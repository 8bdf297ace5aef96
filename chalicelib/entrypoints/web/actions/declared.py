"""Declare an action of the web console once: its form, its effect, and the use case that it calls.

The console shows each action on a page of its own, with its exact effect first. A button then sends
the form. Each action calls a use case of the API, so it leaves the same entry on the trail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any

from msgspec import field

from chalicelib.domain.identifiers import SLUG, constrain_identifier
from chalicelib.domain.people.members import Kind
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request, Value
from chalicelib.entrypoints.web.request import WebRequest

ActionName = Annotated[str, constrain_identifier("the name of an action", SLUG, 40, 2)]
Typed = Mapping[str, Any]
"""The typed values of a form by name: a text, or a list of texts for a field with several."""


class Widget(StrEnum):
    """The form of an input."""

    HIDDEN = "hidden"
    TEXT = "text"
    DATE_TIME = "date-time"
    """A date and a time in UTC."""
    SELECT = "select"
    CHECKBOXES = "checkboxes"
    """Several options. Any number of them can be chosen."""
    CHECKBOX = "checkbox"
    NUMBER = "number"


class FormField(Value, frozen=True, kw_only=True):
    """An input of an action's form."""

    name: str
    """The name of the field in the form's request type."""
    label: str
    widget: Widget = Widget.TEXT
    value: Any = ""
    """The text or number that the field has at first. For CHECKBOXES, the list of chosen values;
    for CHECKBOX, a bool; for DATE_TIME, a datetime or the typed text."""
    options: tuple[tuple[str, str], ...] = ()
    """Pairs of a value and its text. For TEXT, suggestions: any other text can be typed."""
    hint: str = ""
    required: bool = False


class ActionPage(Value, frozen=True, kw_only=True):
    """The page of an action, before it is done."""

    effect: tuple[str, ...] = ()
    """Sentences on the exact effect, in the order in which they are read."""
    fields: tuple[FormField, ...] = ()
    warning: str = ""
    """A sentence that stands out. Empty: none."""
    target: str = ""
    """The object of the action as a heading shows it, such as `acme-prod`. Empty: none."""
    heading: str = ""
    """The heading before the target. Empty: the action's."""
    template: str = ""
    """A template that shows more of the effect than sentences. Empty: none."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Values for that template."""


class Redirect(Value, frozen=True):
    """The result of an action that a page of the console shows. `path` is below the root."""

    path: str


class Shown(Value, frozen=True):
    """The result of an action that only this response shows, such as a secret."""

    template: str
    title: str
    values: Mapping[str, Any]


ActionResult = Redirect | Shown


def go_to(path: str) -> Redirect:
    """Return the result that redirects to a page of the console, such as `people/bob`."""
    return Redirect(path)


def show(template: str, *, title: str, **values: Any) -> Shown:
    """Return the result that renders this template. The page cannot be opened again."""
    return Shown(template, title, values)


Perform = Callable[[WebRequest, Any], ActionResult]
BuildPage = Callable[[WebRequest, Typed], ActionPage]


class WebAction(Value, frozen=True, kw_only=True):
    """The declaration of an action."""

    name: str
    """The name in URLs, such as `grant-access`."""
    heading: str
    button: str
    done: str
    """A sentence for the page that follows."""
    kinds: frozenset[Kind]
    """The kinds of members who may do it."""
    action: Action
    """The action that the trail records for a refusal."""
    form: type[Request]
    lets_in: bool = False
    """True if it lets someone in, or keeps someone in. It then needs a recent sign-in."""
    is_stop: bool = False
    """True if it takes access away. The page then shows its effect as a warning."""
    enters_client: bool = False
    """True if it assumes a client's role. The function ClientCheck then does it."""
    perform: Perform
    build_page: BuildPage

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


class _Declaration:
    """The action's `perform`, to which `page` adds the page."""

    def __init__(self, perform: Perform, facts: Mapping[str, Any]) -> None:
        self._perform, self._facts = perform, facts

    def page(self, build_page: BuildPage) -> BuildPage:
        """Register the action with this builder of its page."""
        action = WebAction(perform=self._perform, build_page=build_page, **self._facts)
        if action.name in ACTIONS:
            raise ValueError(f"there are two actions {action.name}")
        ACTIONS[action.name] = action
        return build_page


def web_action(name: str, **facts: Any) -> Callable[[Perform], _Declaration]:
    """Return a decorator that declares an action. `facts` are the fields of WebAction.

    The decorated function gets the request and the parsed form, and calls one use case. Its `page`
    decorates the function that builds the action's page.
    """
    return lambda perform: _Declaration(perform, {"name": name, **facts})


def find_done_text(name: str) -> str:
    """Return the sentence that says that the action is done. Empty for an unknown name."""
    action = ACTIONS.get(name)
    return action.done if action is not None else ""
