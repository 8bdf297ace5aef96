"""Show a change set, and find the changes that remove or replace a resource."""

from __future__ import annotations

from typing import Any

import pytest

from operating.change_sets import describe_changes, removes_resource


def change(action: str, **more: Any) -> dict[str, Any]:
    resource = {"Action": action, "LogicalResourceId": "It", "ResourceType": "AWS::S3::Bucket"}
    return {"ResourceChange": resource | more}


def detail(attribute: str, name: str | None = None) -> dict[str, Any]:
    return {"Target": {"Attribute": attribute} | ({"Name": name} if name else {})}


def test_each_resource_has_a_line_with_its_change() -> None:
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
    assert describe_changes(changes) == [
        "add     AnotherOne  AWS::S3::Bucket",
        "remove  It          AWS::S3::Bucket",
        "modify  It          AWS::S3::Bucket  in place: Name, Tags",
        "modify  It          AWS::S3::Bucket  replaced: Name",
        "modify  It          AWS::S3::Bucket  maybe replaced: Metadata",
        "import  It          AWS::S3::Bucket",
    ]


def test_a_change_set_without_resources_says_so() -> None:
    (line,) = describe_changes([])
    assert line.startswith("No resources change")


@pytest.mark.parametrize(
    ("changed", "left"),
    [
        (change("Add"), False),
        (change("Remove"), True),
        (change("Modify", Replacement="False"), False),
        (change("Modify", Replacement="Conditional"), False),
        (change("Modify", Replacement="True"), True),
    ],
)
def test_a_removed_or_replaced_resource_leaves_its_stack(
    changed: dict[str, Any], *, left: bool
) -> None:
    assert removes_resource(changed["ResourceChange"]) is left
