"""Routes of the access review: who has access to which engagement, and last used it when."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.engagements.reviews import GrantReview, ReviewGrant
from chalicelib.domain.lists import PairCursor
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value, sent_fields
from chalicelib.entrypoints.http.questions import Table, answer
from chalicelib.entrypoints.http.requests import GrantPath
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS, READERS
from chalicelib.usecases.engagements import review
from chalicelib.usecases.engagements.review import REVIEW, ReviewedGrant, ReviewFilters
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)
readers = Routes(blueprint, READERS)


class ReviewList(Value, frozen=True):
    """A page of an access review."""

    grants: tuple[GrantReview, ...]
    """25 grants at most. The page may be empty even if more follow."""
    cursor: PairCursor | None
    """The cursor to send for the next page. None on the last page."""


@readers.get("/v1/review")
def list_reviews(ports: Ports, caller: Caller, query: ReviewFilters) -> ReviewList | Table:
    """List who has access to which engagement, last used it when, and which grants to end"""
    return answer(REVIEW, ports, caller, query, ReviewList)


@leads.post("/v1/engagements/{engagement}/grants/{member}/review", Action.GRANT_REVIEW)
def review_grant(ports: Ports, lead: Caller, path: GrantPath, body: ReviewGrant) -> ReviewedGrant:
    """Keep or end a grant in an access review. To end it revokes it"""
    return review.decide_review(ports, lead, **sent_fields(path), request=body)
