"""Names and parts of names, and the IDs that they mean on the trail."""

import pytest

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.evidence.names import MOST_CHOICES, Named, find_named
from chalicelib.usecases.evidence import reading
from chalicelib.usecases.evidence.reading import TrailFilters, read_filters
from tests.builders import a_scene
from tests.domain.evidence.samples import entry
from tests.rows import every
from tests.usecases.refusals import refused_field

CLIENTS = (
    Named("acme-prod", "Acme", "111122223333"),
    Named("acme-labs", "Acme Labs", "444455556666"),
    Named("skyline-freight", "Skyline Freight", "777788889999"),
    Named("zurich", "Zürich & Söhne", "121212121212"),
    Named("globex-eu", "Globex", "131313131313"),
    Named("globex-us", "Globex", "141414141414"),
)
MEANT = {
    "acme-labs": "acme-labs",
    "ACME-PROD": "acme-prod",
    "Acme": "acme-prod",  # the whole name of one client goes before a part of another's
    "acme labs": "acme-labs",
    "777788889999": "skyline-freight",
    "88889999": "skyline-freight",
    "freight sky": "skyline-freight",
    "züri": "zurich",
    "& söhne": "zurich",
    "us": "globex-us",
}
UNCLEAR = {
    "ac": "“ac” could be acme-prod (Acme, AWS account 111122223333); acme-labs (Acme Labs, AWS"
    " account 444455556666). Use the ID.",
    "globex": "“globex” could be globex-eu (Globex, AWS account 131313131313); globex-us (Globex,"
    " AWS account 141414141414). Use the ID.",
    "akme": "No engagement’s ID, client or AWS account contains “akme”. Similar: acme-prod (Acme,"
    " AWS account 111122223333).",
    "initech": "No engagement’s ID, client or AWS account contains “initech”.",
    "%' OR 1=1": "No engagement’s ID, client or AWS account contains “%' OR 1=1”.",
}


@every("text, expected", MEANT.items())
def test_a_whole_name_or_a_part_that_only_one_has_names_it(text, expected):
    assert find_named("engagement", text, CLIENTS, is_complete=True).id == expected


@every("text, detail", UNCLEAR.items())
def test_what_several_have_or_no_one_is_refused_with_what_it_could_be(text, detail):
    with pytest.raises(InvalidRequest) as refused:
        find_named("engagement", text, CLIENTS, is_complete=True)
    assert (refused.value.detail, refused.value.field) == (detail, "engagement")
    assert all(each in detail for each, _ in refused.value.choices)


def test_many_choices_are_counted_and_an_incomplete_search_says_so():
    many = [Named(f"client-{number}", "") for number in range(MOST_CHOICES + 2)]
    with pytest.raises(InvalidRequest, match=r"client-7; and 2 others\. Use the ID\.$") as refused:
        find_named("engagement", "client", many, is_complete=True)
    assert len(refused.value.choices) == MOST_CHOICES
    assert find_named("engagement", "client-3", many, is_complete=False).id == "client-3"
    for text in ("client-", "x"):
        with pytest.raises(InvalidRequest, match="Only the first 10 by ID were searched"):
            find_named("engagement", text, many, is_complete=False)


def read(scene, **filters):
    selection = read_filters(scene.ports, TrailFilters(**filters))
    return selection.engagement, selection.member, selection.text


ACME = "acme-prod (Acme, AWS account 987654321098)"
TODAY = "Tuesday, 24 November 2026, UTC"


def test_names_of_people_and_clients_become_ids():
    rows = [
        ({}, ("", "", TODAY)),
        ({"engagement": "acme-prod"}, ("acme-prod", "", f"{ACME}, {TODAY}")),
        (
            {"engagement": "Acme", "member": "ALI"},
            ("acme-prod", "alice", f"{ACME}, alice (Alice), {TODAY}"),
        ),
        ({"member": "@client"}, ("", "@client", f"@client, {TODAY}")),
    ]
    for filters, selection in rows:
        assert read(a_scene(), when="today", **filters) == selection


@every(
    "filters, field",
    [
        ({"engagement": "nowhere"}, "engagement"),
        ({"member": "nobody"}, "member"),
        ({"member": "@operators"}, "member"),
        ({"when": "2026-02-30"}, "when"),
        ({"when": "2026-11-26"}, "when"),
    ],
)
def test_an_unknown_name_or_day_is_an_error_at_its_field(filters, field):
    assert refused_field(read, a_scene(), **filters) == field


def test_someone_who_never_existed_is_found_if_an_entry_names_them():
    scene = a_scene()
    refused = entry("member.revoke", outcome="refused", subject="nobody")
    scene.entries.append(refused)
    assert read(scene, member="nobody")[1] == "nobody"
    assert "no member has this ID" in read(scene, member="Nobody")[2]
    with pytest.raises(InvalidRequest):
        read(scene, member="nobody", when="yesterday")


def test_a_firm_with_too_many_engagements_is_told_what_was_searched(monkeypatch):
    monkeypatch.setattr(reading, "MAX_ITEMS", 1)
    with pytest.raises(InvalidRequest, match="Only the first 1 by ID were searched"):
        read(a_scene(), engagement="globe")
    assert read(a_scene(), engagement="globex")[0] == "globex"


def test_a_whole_id_is_not_searched_for(monkeypatch):
    scene = a_scene()
    monkeypatch.setattr(type(scene.ports.state), "list_ignoring_stops", None)
    assert read(scene, engagement="acme-prod", member="Alice")[:2] == ("acme-prod", "alice")
