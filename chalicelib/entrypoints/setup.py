"""For leads: what to send to a client, so that they can create a role for us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.domain.access import Caller
from chalicelib.domain.forms import LONGEST_MAXIMUM, SHORTEST_MAXIMUM, Form, ReadyMade
from chalicelib.entrypoints.door import Call, route
from chalicelib.entrypoints.fields import ENGAGEMENT_ID, ROLE_NAME, Choice, Fields, Name, Whole
from chalicelib.entrypoints.schemas import TEXT, many, thing, words
from chalicelib.entrypoints.shapes import Json
from chalicelib.usecases.admit import LEADS

if TYPE_CHECKING:
    from chalicelib.domain.setup.plain import File

blueprint = Blueprint(__name__)

FILE = thing("File", name=TEXT, purpose=TEXT, text=TEXT)
SETTING = thing("Setting", name=TEXT, value=TEXT)
WAY_OUT = thing("WayOut", title=TEXT, sentence=TEXT, commands=TEXT)
FIRM_SETUP = thing("FirmSetup", files=many(FILE))
CLIENT_SETUP = thing(
    "ClientSetup",
    form=words(Form),
    says=TEXT,
    files=many(FILE),
    settings=many(SETTING),
    ways_out=many(WAY_OUT),
)


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/roles/{role}/setup",
    summary="What the client has to create for this role, and how they throw us out again",
    kinds=LEADS,
    params={"engagement": ENGAGEMENT_ID, "role": ROLE_NAME},
    query=Fields(
        {
            "form": Choice(Form, "In what language."),
            "permissions": Choice(ReadyMade, "What the role may do; read-basics unless given."),
            "max_session_duration": Whole(
                SHORTEST_MAXIMUM,
                LONGEST_MAXIMUM,
                "The role's longest session in seconds; 3600 unless given.",
                from_text=True,
            ),
            "boundary_arn": Name("[!-~]+", 640, "the ARN of a permissions boundary", 20),
        },
        required=("form",),
    ),
    gives=CLIENT_SETUP,
)
def show_setup(call: Call, _lead: Caller) -> Json:
    # Here and not above: it is asked for once in the life of a role, and would make the container
    # of every vend start later (`make bench`).
    from chalicelib.usecases.client_setup import client_setup

    setup = client_setup(call.ports, **call.path, **call.query)
    return {
        "form": setup.form.value,
        "says": setup.sentence,
        "files": [_file(file) for file in setup.files],
        "settings": [{"name": one.name, "value": one.value} for one in setup.settings],
        "ways_out": [
            {"title": way.title, "sentence": way.sentence, "commands": way.commands}
            for way in setup.ways_out
        ],
    }


@route(
    blueprint,
    "GET",
    "/v1/setup",
    summary="Our own side: policies that let the broker into the clients' roles by name",
    kinds=LEADS,
    gives=FIRM_SETUP,
)
def show_firm_setup(call: Call, _lead: Caller) -> Json:
    from chalicelib.usecases.firm_setup import firm_setup

    return {"files": [_file(file) for file in firm_setup(call.ports)]}


def _file(file: File) -> Json:
    return {"name": file.name, "purpose": file.purpose, "text": file.text}
