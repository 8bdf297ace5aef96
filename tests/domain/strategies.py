"""Arbitrary facts: every date, state and mix-up that the records could hold."""

from datetime import timedelta

from hypothesis import strategies as st

from chalicelib.domain.engagements.approved_grants import NUMBERS
from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.people.members import Kind
from chalicelib.domain.vending.access import AccessFacts, CallerKind, SessionRequest
from chalicelib.domain.verification.proof import Check, Result
from tests.builders import (
    a_binding,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request_id,
    a_role,
    a_token,
    a_verification,
    an_access_link,
    an_approved_grant,
    an_engagement,
    results,
)
from tests.fakes import NOON

DAY = timedelta(days=1)
moments = st.one_of(
    st.timedeltas(-DAY, DAY),
    # The moments at which rules change: about now, and about 900 s and an hour from now.
    st.builds(
        lambda base, more: timedelta(seconds=base) + timedelta(milliseconds=more),
        st.sampled_from([0, 900, 905, 3600, 3605]),
        st.integers(-1500, 1500),
    ),
).map(lambda delta: NOON + delta)
past, future = (moments.map(lambda m, s=s: NOON + s * abs(m - NOON)) for s in (-1, 1))


def mostly(usual: object, *others: object) -> st.SearchStrategy[object]:
    """The usual value about as often as not, so that not everything is refused for everything."""
    return st.one_of(st.just(usual), st.sampled_from([usual, *others]))


def maybe(moment: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(st.none(), st.none(), st.none(), moment)


_parts = st.text("abcxyz0189", min_size=1, max_size=9)
member_ids = st.lists(_parts, min_size=1, max_size=3).map(lambda parts: "m" + "-".join(parts))
names = mostly("alice", "bob")
engagement_ids = mostly("acme-prod", "globex")
members = st.builds(
    a_member,
    names,
    kind=st.sampled_from(Kind),
    suspended_at=maybe(moments),
    tokens_from=past,
)
tokens = st.builds(a_token, names, created_at=past, expires_at=future, revoked_at=maybe(moments))
# During a rotation the proof may be for any of these external IDs; one of them is right.
PRESENT, NEXT, FORMER = an_engagement().external_id, "daypass-next", "daypass-former"
engagements = st.builds(
    an_engagement,
    engagement_ids,
    external_id=mostly(PRESENT, "daypass-other"),
    next_external_id=st.sampled_from([None, None, NEXT]),
    previous_external_id=st.sampled_from([None, None, FORMER]),
    external_id_imported=st.booleans(),
    agents=st.sampled_from(AgentAccess),
    starts_at=past,
    ends_at=future,
    closed_at=maybe(moments),
    revoked_at=maybe(moments),
    requires_client_approval=st.sampled_from([False, False, False, True]),
)
grants = st.builds(
    a_grant,
    names,
    engagement=engagement_ids,
    roles=mostly(frozenset({"readonly"}), frozenset(), frozenset({"readonly", "deploy"})),
    on_request=mostly(frozenset(), frozenset({"readonly"}), frozenset({"deploy"})),
    starts_at=past,
    ends_at=future,
    revoked_at=maybe(moments),
)
approved_grants = st.lists(
    st.builds(
        an_approved_grant,
        number=st.sampled_from(NUMBERS),
        request=st.integers(0, 3).map(lambda number: a_request_id(number=number)),
        starts_at=past,
        ends_at=moments,
        duration=st.sampled_from([None, 900, 3600]),
        started_at=maybe(past),
        client_approved=st.booleans(),
        revoked_at=maybe(moments),
        stops=mostly(("", "", "", ""), ("earlier", "", "", "")),
    ),
    max_size=3,
    unique_by=lambda each: each.number,
).map(tuple)
"""Alice's approved grants of `readonly` at acme-prod."""
NOT_REQUIRED = (
    Check.SOURCE_IDENTITY,
    Check.TAGS,
    Check.AGENT_NAME,
    Check.FULL_HOUR,
    Check.PREVIOUS_ID,
)
_checks = st.sets(st.sampled_from(Check), max_size=3)
some_results = st.one_of(
    # Mostly passed, so that some are safe; also everything that a record could hold.
    st.builds(lambda failed, without: results(*failed, without=tuple(without)), _checks, _checks),
    st.builds(lambda failed: results(*failed), st.sets(st.sampled_from(NOT_REQUIRED))),
    st.dictionaries(st.sampled_from(Check), st.sampled_from(Result)),
)
verifications = st.builds(
    a_verification,
    results=some_results,
    role_arn=mostly(a_role().arn, "arn:aws:iam::987654321098:role/Other"),
    external_id=mostly(PRESENT, NEXT, FORMER),
)
# Daypass accepts 900 to 3600 seconds in requests and roles; AWS accepts up to 43200.
roles = st.builds(
    a_role,
    mostly("readonly", "deploy"),
    engagement=engagement_ids,
    max_session=st.integers(900, 43_200),
    requires_reason=st.booleans(),
    allows_chaining=st.booleans(),
    allows_links=st.booleans(),
    ended_at=maybe(moments),
    verification=st.one_of(verifications, verifications, st.none()),
)
requests = st.builds(
    SessionRequest,
    role=mostly("readonly", "deploy"),
    duration=st.one_of(st.none(), st.integers(900, 3600)),
    reason=st.sampled_from(["", "INC-7"]),
    caller=st.sampled_from(CallerKind),
)


def usually(good: object, other: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Draw the valid item in seven of ten cases, else None or another item."""
    return st.integers(0, 9).flatmap(
        lambda n: st.just(good) if n < 7 else st.none() if n == 7 else other
    )


_other_items = {
    "member": usually(a_member(), members),
    "engagement": usually(an_engagement(), engagements),
    "role": usually(a_role(), roles),
    "grant": st.one_of(
        usually(a_grant(), grants), st.just(a_grant_on_request()), st.just(a_grant_on_request())
    ),
    "approved_grants": st.one_of(st.just((an_approved_grant(),)), approved_grants),
}
facts = st.builds(AccessFacts, token=usually(a_token(), tokens), **_other_items)
links = st.builds(
    an_access_link,
    member=names,
    token=mostly(a_binding().hash, a_token().hash),
    engagement=engagement_ids,
    role=mostly("readonly", "deploy"),
    expires_at=future,
    used_at=maybe(past),
    revoked_at=maybe(moments),
)
facts_by_link = st.builds(
    AccessFacts,
    token=usually(a_binding(), tokens),
    link=usually(an_access_link(used_at=NOON), links),
    **_other_items,
)
