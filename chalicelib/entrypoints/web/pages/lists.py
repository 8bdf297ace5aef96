"""Serve the pages of the web console that are one list. Each is a question with its columns."""

from __future__ import annotations

from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.web.list_view import show_list
from chalicelib.entrypoints.web.pages import readers
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements.listing import ENGAGEMENTS
from chalicelib.usecases.people.members import MEMBERS
from chalicelib.usecases.selections import SearchFilters


@readers.get("/web/engagements")
def show_engagements(web: WebRequest, query: SearchFilters) -> Response:
    """Show the engagements with their states"""
    return show_list("web/engagements/list.html", web, ENGAGEMENTS, query)


@readers.get("/web/people")
def show_people(web: WebRequest, query: SearchFilters) -> Response:
    """Show all members, also suspended ones"""
    return show_list("web/people/list.html", web, MEMBERS, query)
