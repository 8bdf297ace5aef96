"""Web pages cannot reach the local AWS, which accepts root keys without a real signature."""

from urllib.request import Request

import pytest

from tests.local.scene import status_of


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://page.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "rebound.example"},
    ],
    ids=["another origin", "an image of a page", "a page on another port", "a rebound name"],
)
def test_web_pages_do_not_reach_the_local_aws(aws, headers):
    assert status_of(Request(aws.url, headers=headers)) == 403


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "rebound.example"}],
)
def test_web_pages_reach_a_deployed_api_except_through_a_rebound_name(aws, headers):
    request = Request(f"{aws.url}/_aws/execute-api/none/api/x", headers=headers)
    assert status_of(request) == (403 if "Host" in headers else 404)


AN_AWS_CALL = {
    "X-Amz-Target": "DynamoDB_20120810.ListTables",
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": (
        "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/dynamodb/aws4_request,"
        " SignedHeaders=host, Signature=0"
    ),
}


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        # ministack routes these to a service, or to an object of a bucket.
        ("/_aws/execute-api/x", "", 403),
        ("/_aws/execute-api/", "", 403),
        ("/_aws/execute-api//api/x", "", 403),
        ("/_aws/execute-api/none/api/x", "bucket.s3.localhost", 403),
        # ministack routes these only to deployed APIs.
        ("/_aws/execute-api/none/api/", "", 404),
        ("/_aws/execute-api/none/api/x", "localhost", 404),
    ],
)
def test_no_web_page_can_call_aws_through_the_path_of_an_api(aws, path, host, status):
    port = aws.url.rpartition(":")[2]
    headers = AN_AWS_CALL | {"Origin": "https://page.example"}
    if host:
        headers["Host"] = f"{host}:{port}"
    for method in ("POST", "OPTIONS", "PUT"):
        request = Request(aws.url + path, data=b"{}", headers=headers, method=method)
        assert status_of(request) == status
