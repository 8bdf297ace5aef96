"""The place of a page in the web console: its section, the pages above it, and the page to return
to after an action."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode

from chalicelib.domain.people.members import Kind
from chalicelib.usecases.admission import EVERYONE, READERS

_MEMBERS = frozenset({Kind.LEAD, Kind.MEMBER})


class Section(NamedTuple):
    """A section of the console: its path below the root, its label, the kinds of members who may
    see it, and its group in the menu (empty: none)."""

    path: str
    label: str
    kinds: frozenset[Kind]
    group: str = ""


_ACCESS = "Access"
_SUBJECTS = "Clients and people"
_EVIDENCE = "Evidence"
SECTIONS = (
    Section("now", "Now", READERS),
    Section("access", "My access", _MEMBERS, _ACCESS),
    Section("requests", "Requests", EVERYONE, _ACCESS),
    Section("review", "Review", READERS, _ACCESS),
    Section("engagements", "Engagements", READERS, _SUBJECTS),
    Section("people", "People", READERS, _SUBJECTS),
    Section("matrix", "Who has access", READERS, _SUBJECTS),
    Section("trail", "Trail", READERS, _EVIDENCE),
    Section("why", "Why", EVERYONE, _EVIDENCE),
    Section("stops", "Stop", READERS),
    Section("health", "Health", READERS),
    Section("me", "My page", EVERYONE),
)
"""The sections in the order of the menu. Those of a group are adjacent."""
_PARENTS = {"sessions": "now", "cut-offs": "stops"}
"""The section to which a page with another path belongs."""
_LABELS = {"sessions": "Live sessions", "cut-offs": "Cut-offs"}
_NOT_PAGES = frozenset({"roles", "sessions"})
"""Parts of a path that name what follows, and are no page."""
FRAMEWORK_FIELDS = frozenset({"done", "count", "alive", "refused"})
"""The query's fields that say what an action did. They are no part of a page."""
LONGEST_RETURN = 1000
"""Characters of the field `return`."""
_PATH = re.compile(r"[a-z-]{1,20}(?:/[A-Za-z0-9@._%~-]{1,200}){0,4}", re.ASCII)


def find_section(path: str) -> str:
    """Return the path of the section of a page, whose path is below the root. Return empty text if
    the page is in no section."""
    name = re.split(r"[/?]", path, maxsplit=1)[0] or "now"
    name = _PARENTS.get(name, name)
    return name if any(each.path == name for each in SECTIONS) else ""


def list_crumbs(path: str, sections: Sequence[Section]) -> list[tuple[str, str]]:
    """Return the path and the label of each page above this page, its section first, and of the
    page itself. Return an empty list if the page is in none of the sections.

    For `engagements/acme-prod/roles/deploy`, they are Engagements, acme-prod and deploy.
    """
    section = next((each for each in sections if each.path == find_section(path)), None)
    if section is None or not path:
        return []
    page, mark, query = path.partition("?")
    parts = page.split("/")
    crumbs = [(section.path, section.label)]
    if parts[0] in _LABELS:
        crumbs.append((parts[0], _LABELS[parts[0]]))
    for count, part in enumerate(parts[1:], 2):
        if part not in _NOT_PAGES:
            crumbs.append(("/".join(parts[:count]), unquote(part)))
    crumbs[-1] = (f"{crumbs[-1][0]}{mark}{query}", crumbs[-1][1])
    return crumbs


def build_return(path: str, query: Iterable[tuple[str, str]]) -> str:
    """Return a page, whose path is below the root, as the field `return` names it. Empty if an
    action cannot return to it."""
    return read_return(f"{quote(path)}?{urlencode(list(query))}")


def read_return(text: str) -> str:
    """Return the page to return to, as a path below the console's root with its query. Empty unless
    it is a page of one of the console's sections.

    The sender of a link to an action can choose this text, so it must lead nowhere else.
    """
    path, _, query = text.partition("?")
    is_short = len(text) <= LONGEST_RETURN
    if not is_short or _PATH.fullmatch(path) is None or not find_section(path):
        return ""
    # An empty part, or one of dots or with a slash, could lead elsewhere.
    if any(set(unquote(part)) <= {"."} or "/" in unquote(part) for part in path.split("/")):
        return ""
    try:
        fields = parse_qsl(query, max_num_fields=20, errors="strict")
    except ValueError:
        return ""
    kept = urlencode([(name, value) for name, value in fields if name not in FRAMEWORK_FIELDS])
    return f"{path}?{kept}" if kept else path
