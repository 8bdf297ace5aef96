"""Show a change set, and find the changes that remove or replace a resource."""

from operating.change_sets import describe_changes, removes_resource
from tests.rows import every


def change(action, **more):
    resource = {"Action": action, "LogicalResourceId": "It", "ResourceType": "AWS::S3::Bucket"}
    return {"ResourceChange": resource | more}


def detail(attribute, name=None):
    return {"Target": {"Attribute": attribute} | ({"Name": name} if name else {})}


def test_each_resource_has_a_line_with_its_change():
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


def test_a_change_set_without_resources_says_so():
    (line,) = describe_changes([])
    assert line.startswith("No resources change")


@every(
    "changed, left",
    [
        (change("Add"), False),
        (change("Remove"), True),
        (change("Modify", Replacement="False"), False),
        (change("Modify", Replacement="Conditional"), False),
        (change("Modify", Replacement="True"), True),
    ],
)
def test_a_removed_or_replaced_resource_leaves_its_stack(changed, *, left):
    assert removes_resource(changed["ResourceChange"]) is left
