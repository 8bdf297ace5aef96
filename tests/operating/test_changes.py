"""How a change set is shown, and what of it no deployment does."""

from __future__ import annotations

from typing import Any

import pytest

from operating.change_sets import leaves, lines


def change(action: str, **more: Any) -> dict[str, Any]:
    told = {"Action": action, "LogicalResourceId": "It", "ResourceType": "AWS::S3::Bucket"}
    return {"ResourceChange": told | more}


def detail(attribute: str, name: str | None = None) -> dict[str, Any]:
    return {"Target": {"Attribute": attribute} | ({"Name": name} if name else {})}


def test_each_resource_has_a_line_with_what_is_done_to_it() -> None:
    changes = [
        change("Add", LogicalResourceId="AnotherOne"),
        change("Remove"),
        change(
            "Modify",
            Replacement="False",
            Details=[detail("Properties", "Tags"), detail("Properties", "Name"), detail("Tags")],
        ),
        change("Modify", Replacement="True", Details=[detail("Properties", "Name")]),
        change("Modify", Replacement="Conditional", Details=[detail("Metadata")]),
        change("Import"),
    ]
    assert lines(changes) == [
        "add     AnotherOne  AWS::S3::Bucket",
        "remove  It          AWS::S3::Bucket",
        "modify  It          AWS::S3::Bucket  in place: Name, Tags",
        "modify  It          AWS::S3::Bucket  made anew: Name",
        "modify  It          AWS::S3::Bucket  made anew, maybe: Metadata",
        "import  It          AWS::S3::Bucket",
    ]


def test_a_change_of_no_resource_is_said_to_be_one() -> None:
    (line,) = lines([])
    assert line.startswith("Only outputs, or the like, are changed")


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (change("Add"), False),
        (change("Remove"), True),
        (change("Modify", Replacement="False"), False),
        (change("Modify", Replacement="Conditional"), False),
        (change("Modify", Replacement="True"), True),
    ],
)
def test_what_is_removed_or_made_anew_leaves_its_stack(told: dict[str, Any], *, left: bool) -> None:
    assert leaves(told["ResourceChange"]) is left
