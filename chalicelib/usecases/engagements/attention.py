"""List what needs someone: the parts of the hourly overview, and the roles that Daypass shut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.overview import Overview, OverviewPart, OverviewRow
from chalicelib.domain.people.members import Caller
from chalicelib.domain.values import Inline, Page, Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import find_shut_role, show_shut_role
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.selections import Column, Question, SearchFilters, Span, WholeList

CUT_OFFS_READ = 100
"""The roles with a cut-off that are read to find those that are shut."""


class AttentionRow(Value):
    """Something that needs someone, with the client's name."""

    row: Inline[OverviewRow]
    client: str
    """Empty for an emergency."""

    @property
    def key(self) -> str:
        """Return what identifies the row in its part."""
        return "--".join(filter(None, (self.row.engagement, self.row.role, self.row.member)))


class AttentionFilters(SearchFilters):
    """A page of one part."""

    part: OverviewPart | None = None


def _list_items(ports: Ports, _: Caller, filters: AttentionFilters, __: Span) -> Page[OverviewRow]:
    """Return all rows of the part that are stored."""
    if filters.part is OverviewPart.SHUT:
        return Page(list_shut_rows(ports), "")
    overview = ports.state.get(Overview)
    rows = overview.list_part(filters.part) if overview is not None and filters.part else ()
    return Page(rows, "")


def name_clients(ports: Ports, rows: Iterable[OverviewRow]) -> tuple[AttentionRow, ...]:
    """Return the rows with their clients' names."""
    listed = tuple(rows)
    keys = {(row.engagement,) for row in listed if row.engagement}
    engagements = ports.state.get_many(Engagement, sorted(keys))

    def find_client(row: OverviewRow) -> str:
        engagement = engagements.get((row.engagement or "",))
        return engagement.client if engagement is not None else ""

    return tuple(AttentionRow(row=row, client=find_client(row)) for row in listed)


def list_shut_rows(ports: Ports) -> tuple[OverviewRow, ...]:
    """Return the roles that Daypass shut with AWSDenyAll and that may still be shut, the latest
    first. Consider only the first CUT_OFFS_READ roles with a cut-off."""
    stored = ports.state.list(RoleCutOffs, limit=CUT_OFFS_READ).items
    shut = [each for each in map(find_shut_role, stored) if each is not None]
    keys = {(each.engagement,) for each in shut}
    engagements = ports.state.get_many(Engagement, sorted(keys))
    shown = [
        # None for the engagement's roles: the rows do not show whether the role is in use.
        show_shut_role(each, engagements.get((each.engagement,)), None, ports.now())
        for each in sorted(shut, key=lambda each: each.shut_at, reverse=True)
    ]
    return tuple(
        OverviewRow(
            part=OverviewPart.SHUT, engagement=each.engagement, role=each.role, at=each.shut_at
        )
        for each in shown
        if each is not None
    )


_FIELDS = {
    "row.engagement": "Engagement",
    "client": "Client",
    "row.role": "Role",
    "row.member": "Member",
    "row.at": "",
    "row.text": "",
}


def _build_question(
    title: str, time_heading: str, *left_out: str
) -> Question[AttentionRow, AttentionFilters]:
    """Return the question for one part of the overview. `time_heading` is the heading of `row.at`,
    and `left_out` names the columns that are empty in this part."""
    columns = {**_FIELDS, "row.at": time_heading}
    return Question(
        name="rows",
        title=title,
        kinds=READERS,
        columns=tuple(Column(*each) for each in columns.items() if each[0] not in left_out),
        empty="None.",
        rows=WholeList(
            list_items=_list_items,
            build_rows=lambda ports, _, __, rows: name_clients(ports, rows),
            has_ids=False,
            key="key",
            searched=("row.engagement", "client", "row.role", "row.member"),
        ),
    )


ATTENTION: Mapping[OverviewPart, Question[AttentionRow, AttentionFilters]] = {
    OverviewPart.SHUT: _build_question("Roles shut by a cut-off", "Shut", "row.member"),
    OverviewPart.FAILED: _build_question("Roles that failed their check", "Checked", "row.member"),
    OverviewPart.EMERGENCIES: _build_question(
        "Emergencies that no lead has confirmed",
        "",
        "row.engagement",
        "client",
        "row.role",
        "row.at",
    ),
    OverviewPart.PAUSED: _build_question(
        "Engagements that the client paused", "Paused", "row.role", "row.member"
    ),
    OverviewPart.ENDING: _build_question("Ends within 14 days", "Ends"),
}
"""The question for each part, the most urgent first."""
