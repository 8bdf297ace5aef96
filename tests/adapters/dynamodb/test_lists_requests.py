"""The DynamoDB requests for a page of a list. They are checked because the local AWS is always
consistent."""

import json
import re

from botocore.awsrequest import AWSResponse

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from tests.adapters.dynamodb.listing import LISTS, recorded_calls, written
from tests.adapters.faults import Raw, failing
from tests.builders import a_grant, a_role, an_engagement
from tests.golden import hold_against_file


def test_a_partition_is_read_consistently_and_a_list_from_the_index(crowd, dynamodb):
    """A key has a token's whole hash, and a cursor only the beginning."""
    lines = []
    for listed in LISTS:
        for cursor in ("", "c0ffee"):
            with recorded_calls(dynamodb) as calls:
                listed.page(crowd.ports.state, "of-this", limit=7, cursor=cursor)
            operation, sent = calls[0]
            lines.append(f"=== {listed} {cursor}: {operation}\n{json.dumps(sent, indent=1)}")
    text = "\n".join(lines).replace(crowd.foundation.state_table, "daypass-state")
    hold_against_file("dynamodb-lists.txt", re.sub(r'\{\s+"S": (".*?")\s+\}', r"\1", text))


def test_keys_that_dynamodb_leaves_unread_are_requested_again(crowd, dynamodb, name):
    grant = a_grant(name, engagement=name)
    engagement = an_engagement(name, external_id=f"daypass-{name}")
    role = a_role(engagement=name)
    written(crowd.ports, name, [grant, engagement, role])
    keys = [(Grant, grant.key), (Engagement, engagement.key), (Role, role.key)]
    unread = [
        {"pk": {"S": f"ENGAGEMENT#{name}"}, "sk": {"S": sk}}
        for sk in (f"GRANT#{name}", "ENGAGEMENT")
    ]
    table = crowd.foundation.state_table
    left = {table: {"Keys": unread, "ConsistentRead": True}}
    body = json.dumps({"Responses": {table: []}, "UnprocessedKeys": left}).encode()

    def leaving():
        return AWSResponse("", 200, {}, Raw(body))

    with recorded_calls(dynamodb) as calls, failing(dynamodb, "BatchGetItem", leaving, times=1):
        items = crowd.ports.state.get_together(keys)
    assert items == dict(zip(keys, (grant, engagement), strict=False))
    _, again = calls[1]
    assert again["RequestItems"] == left
    assert len(calls) == 2
