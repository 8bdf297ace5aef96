"""Routes of the access review: who has access to which engagement, and last used it when."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.engagements.reviews import GrantReview, ReviewGrant
from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.lists import USUAL_LIMIT, Limit, PairCursor
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request, Value, sent_fields
from chalicelib.entrypoints.http.requests import GrantPath
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS, READERS
from chalicelib.usecases.engagements import review
from chalicelib.usecases.engagements.review import ReviewedGrant, ReviewPart
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)
readers = Routes(blueprint, READERS)


class ReviewQuery(Request, frozen=True, kw_only=True):
    """A page of an access review. It has 25 grants at most, also if `limit` is larger."""

    part: ReviewPart = ReviewPart.ALL
    engagement: EngagementId = ""
    """Review only the grants of this engagement."""
    member: MemberId = ""
    """Review only this member's grants."""
    limit: Limit = USUAL_LIMIT
    cursor: PairCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""


class ReviewList(Value, frozen=True):
    """A page of an access review."""

    grants: tuple[GrantReview, ...]
    """25 grants at most. The page may be empty even if more follow."""
    cursor: PairCursor | None
    """The cursor to send for the next page. None on the last page."""


@readers.get("/v1/review")
def list_reviews(ports: Ports, query: ReviewQuery) -> ReviewList:
    """List who has access to which engagement, last used it when, and which grants to end"""
    page = review.list_reviews(ports, **sent_fields(query))
    return ReviewList(page.items, page.cursor or None)


@leads.post("/v1/engagements/{engagement}/grants/{member}/review", Action.GRANT_REVIEW)
def review_grant(ports: Ports, lead: Caller, path: GrantPath, body: ReviewGrant) -> ReviewedGrant:
    """Keep or end a grant in an access review. To end it revokes it"""
    return review.decide_review(ports, lead, **sent_fields(path), request=body)
