"""Deploy uploaded files by their S3 versions, and only after S3 keeps them."""

import base64
import hashlib

import pytest

from operating.artefacts import Bucket, _upload_file
from operating.console import Stop
from tests.operating.scripted import refusal

BUCKET = Bucket("daypass-artefacts", "123456789012")
DIGEST = hashlib.sha256(b"the zip")
KEY = f"{DIGEST.hexdigest()}.zip"


def head(version="v1", content=b"the zip"):
    checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return {"ChecksumSHA256": checksum} | ({"VersionId": version} if version else {})


MISSING = refusal("404", "Not Found")


@pytest.fixture
def zip_path(tmp_path):
    path = tmp_path / "deployment.zip"
    path.write_bytes(b"the zip")
    return path


@pytest.mark.parametrize(
    ("heads", "puts", "version", "times_put"),
    [
        # Uploaded by an earlier deployment.
        ([head("v1"), head("v1")], [], "v1", 0),
        # New, and readable at once.
        ([MISSING, head("v2")], [{"VersionId": "v2"}], "v2", 1),
        # The key holds another file's bytes.
        ([head("v1", b"another"), head("v2")], [{"VersionId": "v2"}], "v2", 1),
        # Versioning is on, but the version is not readable for a while.
        ([MISSING, MISSING, MISSING, MISSING, head("v2")], [{"VersionId": "v2"}], "v2", 1),
        # Versioning is not on yet, for two uploads.
        ([MISSING, head("v3")], [{}, {"VersionId": "null"}, {"VersionId": "v3"}], "v3", 3),
        # Uploaded before versioning was on: the next upload replaces that version.
        ([head("null"), head("v2")], [{"VersionId": "v2"}], "v2", 1),
        ([head(None), head("v2")], [{"VersionId": "v2"}], "v2", 1),
        # The version that S3 returned never becomes readable.
        ([MISSING] * 6 + [head("v3")], [{"VersionId": "v2"}, {"VersionId": "v3"}], "v3", 2),
        # The version holds other bytes first: it is not accepted.
        ([MISSING, head("v2", b"another"), head("v2")], [{"VersionId": "v2"}], "v2", 1),
    ],
)
def test_an_upload_waits_for_its_version_and_repeats_if_there_is_none(
    cli, slept, zip_path, heads, puts, version, times_put
):
    aws = cli.answers(s3api__head_object=heads, s3api__put_object=puts)
    location = _upload_file(aws, BUCKET, zip_path)
    assert location == {"Bucket": BUCKET.name, "Key": KEY, "Version": version}
    assert len(cli.calls("s3api", "put-object")) == times_put
    last = cli.calls("s3api", "head-object")[-1]
    assert last[last.index("--version-id") + 1] == version
    assert sum(slept) < 120


def test_every_request_names_the_buckets_owner(cli, zip_path):
    aws = cli.answers(
        s3api__head_object=[MISSING, head("v2")], s3api__put_object=[{"VersionId": "v2"}]
    )
    _upload_file(aws, BUCKET, zip_path)
    calls = cli.calls("s3api", "head-object") + cli.calls("s3api", "put-object")
    assert len(calls) == 3
    for call in calls:
        assert call[call.index("--expected-bucket-owner") + 1] == BUCKET.owner


@pytest.mark.parametrize("put", [{}, {"VersionId": "v2"}])
def test_an_upload_gives_up_after_the_time_that_aws_documents(cli, slept, zip_path, capsys, put):
    aws = cli.answers(s3api__head_object=[MISSING], s3api__put_object=[put])
    with pytest.raises(Stop, match=r"has kept no version of deployment\.zip in daypass-artefacts"):
        _upload_file(aws, BUCKET, zip_path)
    assert 14 * 60 < sum(slept) <= 15 * 60
    assert capsys.readouterr().out.count("can take up to fifteen minutes") == 1


def test_any_other_refusal_stops_the_upload_at_once(cli, zip_path):
    aws = cli.answers(s3api__head_object=[MISSING], s3api__put_object=[refusal("403", "Forbidden")])
    with pytest.raises(Stop, match="403"):
        _upload_file(aws, BUCKET, zip_path)
