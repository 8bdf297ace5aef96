"""Routes for everything that a lead can stop, and for what a stop will do. Each kind of stop is
declared in `domain/vending/stops/kinds.py`."""

from __future__ import annotations

from typing import Annotated, Any, get_type_hints

from chalice.app import Blueprint

from chalicelib.domain.errors import NotFound
from chalicelib.domain.identifiers import SLUG, constrain_identifier
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Request, sent_fields
from chalicelib.domain.vending.stops.kinds import STOPS, StopKind, StopNames, StopTarget
from chalicelib.domain.vending.stops.previews import Preview
from chalicelib.entrypoints.http.requests import ReasonBody, build_names_type
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.stops import USE_CASES, carry_out
from chalicelib.usecases.vending.stops.previews import preview_stop, preview_thaw

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


class PreviewPath(Request, frozen=True, kw_only=True):
    name: Annotated[str, constrain_identifier("the name of an action", SLUG, 40, 2)]
    """A stop, such as `revoke-grant`, or `thaw`."""


@leads.post("/v1/previews/{name}")
def preview(ports: Ports, lead: Caller, path: PreviewPath, body: StopNames) -> Preview:
    """Show what a stop or a thaw will do to this target now. It changes nothing"""
    if path.name == "thaw":
        return preview_thaw(ports, lead)
    kind = STOPS.get(path.name)
    if kind is None:
        raise NotFound(Reason.NO_SUCH_ROUTE)
    return preview_stop(ports, lead, kind, body)


def _serve(kind: StopKind) -> None:
    """Register the route of this kind of stop."""
    in_path = [name for name in kind.names if f"{{{name}}}" in kind.route]
    in_body = [name for name in kind.names if name not in in_path]
    words = kind.name.title().replace("-", "")

    def stop(ports: Ports, lead: Caller, path: Request, body: ReasonBody) -> Any:
        names = sent_fields(path) | sent_fields(body)
        why = names.pop("reason")
        target = StopTarget.build(kind, StopNames(**names))
        return carry_out(ports, lead, target, why=why)

    stop.__doc__ = f"{kind.heading}. Repeating it is safe, and shows its sessions again"
    stop.__annotations__ |= {
        "path": build_names_type(f"{words}Path", in_path),
        "body": build_names_type(words, in_body, ReasonBody) if in_body else ReasonBody,
        "return": get_type_hints(USE_CASES[kind.name])["return"],
    }
    leads.post(kind.route, kind.action)(stop)


for kind in STOPS.values():
    _serve(kind)
