"""The large sample firm: its size, and names that Daypass accepts."""

from chalicelib.domain.onboarding.requests import OpenEngagement
from chalicelib.domain.people.members import CreateMember
from chalicelib.entrypoints.http.parsing import parse
from local import sample_data, sample_large


def test_it_has_61_engagements_and_41_people_with_valid_names():
    engagements = [sample_large._declare(*each) for each in enumerate(sample_large.CLIENTS)]
    assert len(engagements) + len(sample_data.ENGAGEMENTS) == 61
    assert len({each.id for each in engagements}) == len(engagements)
    assert len({each.client.account for each in engagements}) == len(engagements)
    for each in engagements:
        fields = {"id": each.id, "client": each.client.name, "account_id": each.client.account}
        parse(OpenEngagement, fields | {"ends_at": "2026-12-31T18:00:00Z"})
    people = {sample_large._id_of(name): name for name in sample_large.PEOPLE}
    assert len(people) + len(sample_data.PEOPLE) + 1 == 41  # and the first lead
    for member, name in people.items():
        parse(CreateMember, {"id": member, "name": name, "kind": "member"})
