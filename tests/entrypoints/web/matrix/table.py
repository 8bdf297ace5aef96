"""The status for each caller on every page and for every action of the web console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import CALLERS as MEMBERS
from tests.entrypoints.matrix import prepare
from tests.entrypoints.web.browser import Browser, Fields
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.matrix.valid import ROUTES, form_of, lines_of
from tests.fakes import NOON, World

CALLERS = {**MEMBERS, "stale": "lena"}
"""Members by caller. `stale` is a lead who signed in ten minutes ago."""

PAGES = """
page                                  nobody member other lead auditor suspended stale
/web/engagements                         401    403   403  200     200       403   200
/web/engagements/{engagement}            401    403   403  200     200       403   200
/web/engagements/{engagement}/roles/{role} 401    403   403  200     200       403   200
/web/engagements/{engagement}/sessions/{session} 401    403   403  200     200       403   200
/web/engagements/{engagement}/client     401    403   403  200     200       403   200
/web/engagements/{engagement}/approvals  401    403   403  200     200       403   200
/web/engagements/{engagement}/report     401    403   403  200     200       403   200
/web/engagements/{engagement}/report.csv 401    403   403  200     200       403   200
/web                                     401    303   303  200     200       403   200
/web/now                                 401    303   303  200     200       403   200
/web/sessions                            401    403   403  200     200       403   200
/web/health                              401    403   403  200     200       403   200
/web/access                              401    200   200  200     200       403   200
/web/requests                            401    200   200  200     200       403   200
/web/requests/{request}                  401    200   404  200     200       403   200
/web/review                              401    403   403  200     200       403   200
/web/review/package                      401    403   403  200     200       403   200
/web/me                                  401    200   200  200     200       403   200
/web/people                              401    403   403  200     200       403   200
/web/people/{member}                     401    200   404  200     200       403   200
/web/people/{member}/changes             401    403   403  200     200       403   200
/web/matrix                              401    403   403  200     200       403   200
/web/stops                               401    403   403  200     200       403   200
/web/stops/{name}                        401    403   403  200     200       403   200
/web/cut-offs                            401    403   403  200     200       403   200
/web/search                              401    200   200  200     200       403   200
/web/trail                               401    403   403  200     200       403   200
/web/trail/file                          401    403   403  200     200       403   200
/web/why                                 401    200   200  200     200       403   200
"""

# The status of the action's form, for members who may open its page. Where it does nothing, the
# status is in brackets: an action that lets someone in shows its page again after an old sign-in.
ACTIONS = """
action                    nobody member other lead auditor suspended stale
revoke-session               401    403    403    200    403    403    200
revoke-token                 401    403    403    200    403    403    200
revoke-grant                 401    403    403    200    403    403    200
revoke-request               401    403    403    200    403    403    200
revoke-member                401    403    403    303    403    403    303
member-leaves                401    403    403    303    403    403    303
revoke-role                  401    403    403    200    403    403    200
revoke-engagement            401    403    403    303    403    403    303
close-engagement             401    403    403    200    403    403    200
revoke-client                401    403    403    303    403    403    303
freeze                       401    403    403    303    403    403    303
thaw                         401    403    403    303    403    403  (200)
open-engagement              401    403    403    200    403    403  (200)
change-engagement            401    403    403    303    403    403  (200)
renew-engagement             401    403    403    200    403    403  (200)
reopen-engagement            401    403    403    303    403    403  (200)
rotate-external-id           401    403    403    303    403    403  (200)
verify-role                  401    403    403    200    403    403    200
add-role                     401    403    403    303    403    403  (200)
change-role                  401    403    403    303    403    403  (200)
change-permissions           401    403    403    303    403    403  (200)
override-role                401    403    403    303    403    403  (200)
end-override                 401    403    403    303    403    403    303
create-link                  401    403    403    200    403    403  (200)
revoke-link                  401    403    403    303    403    403    303
change-approval-policy       401    403    403    303    403    403  (200)
name-approver                401    403    403    303    403    403  (200)
mail-approver-link           401    403    403    303    403    403  (200)
revoke-approver              401    403    403    200    403    403    200
require-client-approval      401    403    403    303    403    403    303
invite-member                401    403    403    200    403    403  (200)
change-member                401    403    403    303    403    403  (200)
reinstate-member             401    403    403    303    403    403  (200)
create-enrolment             401    403    403    200    403    403  (200)
revoke-enrolment             401    403    403    303    403    403    303
grant-access                 401    403    403    303    403    403  (200)
change-grant                 401    403    403    303    403    403  (200)
rename-token                 401    303    303    303    303    403    303
revoke-own-token             401    200    200    200    200    403    200
request-access               401    303    403    403    403    403    403
open-emergency               401    303    403    403    403    403  (403)
approve-request              401    403    404    303    403    403  (200)
deny-request                 401    403    404    303    403    403    303
withdraw-request             401    303    303    303    303    403    303
confirm-emergency             401    403    403    303    403    403  (200)
start-access                 401    303    404    404    404    403  (404)
end-request-access           401    303    404    404    404    403    404
end-session                  401    303    303    303    303    403    303
approve-requests             401    403    404    303    403    403  (200)
deny-requests                401    403    404    303    403    403    303
keep-grants                  401    403    403    303    403    403    303
end-grants                   401    403    403    303    403    403    303
get-credentials              401    200    403    403    403    403  (403)
open-aws-console             401    200    403    403    403    403  (403)
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a table."""

    name: str
    """The page's path, or the action's name."""
    caller: str
    status: int
    does_nothing: bool = False
    """True if the action is not done although its page is shown."""


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action, and the route of the API for the same."""

    name: str
    route: str
    cells: tuple[Cell, ...]

    @property
    def caller(self) -> str:
        """Return a caller who may do it: a lead, or else a member."""
        may = [cell.caller for cell in self.cells if cell.status < 400]
        return "lead" if "lead" in may else may[0]

    @property
    def fields(self) -> Fields:
        """Return the form as that caller sends it."""
        return form_of(self.name, CALLERS[self.caller])

    def prepare(self, world: World) -> None:
        """Bring the scene into the state that the action and the route are for."""
        prepare(world, self.route)


def page_cells() -> list[Cell]:
    head, *rows = lines_of(PAGES)
    return [
        Cell(name, caller, int(status))
        for name, *statuses in map(str.split, rows)
        for caller, status in zip(head.split()[1:], statuses, strict=True)
    ]


def action_rows() -> list[ActionRow]:
    head, *rows = lines_of(ACTIONS)
    return [
        ActionRow(
            name,
            ROUTES[name],
            tuple(
                Cell(name, caller, int(status.strip("()")), status.startswith("("))
                for caller, status in zip(head.split()[1:], statuses, strict=True)
            ),
        )
        for name, *statuses in map(str.split, rows)
    ]


ROWS = {row.name: row for row in action_rows()}
REPRESENTATIVES = (
    "revoke-member",
    "grant-access",
    "change-role",
    "verify-role",
    "approve-request",
)
"""A stop, an action that lets someone in, a form with a version, one that enters a client's
account, and one with several writes. One function reads all actions' forms and does them."""


def action_cells() -> list[Cell]:
    return [cell for row in action_rows() for cell in row.cells]


def browser_of(api: Api, caller: str) -> Browser:
    """Return a browser in which the caller of a table is signed in, if they are anyone."""
    if not CALLERS[caller]:
        return Browser(api)
    signed_in_at = NOON - timedelta(minutes=10) if caller == "stale" else NOON
    return enter(api, CALLERS[caller], created_at=signed_in_at)
