"""What is deployed is read by its version: nothing is, before S3 has that."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from operating.artefacts import Bucket, _placed
from operating.telling import Stop
from tests.operating.scripted import ScriptedCli, refusal

BUCKET = Bucket("daypass-artefacts", "123456789012")
DIGEST = hashlib.sha256(b"the zip")
KEY = f"{DIGEST.hexdigest()}.zip"


def there(version: str | None = "v1", content: bytes = b"the zip") -> dict[str, str]:
    checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return {"ChecksumSHA256": checksum} | ({"VersionId": version} if version else {})


MISSING = refusal("404", "Not Found")


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    path = tmp_path / "deployment.zip"
    path.write_bytes(b"the zip")
    return path


@pytest.mark.parametrize(
    ("heads", "puts", "version", "times_put"),
    [
        # In the bucket already, from an earlier deployment.
        ([there("v1"), there("v1")], [], "v1", 0),
        # New, and there at once.
        ([MISSING, there("v2")], [{"VersionId": "v2"}], "v2", 1),
        # Of another file, whatever its name.
        ([there("v1", b"another"), there("v2")], [{"VersionId": "v2"}], "v2", 1),
        # Versioning is on, and the version cannot be read for a while.
        ([MISSING, MISSING, MISSING, MISSING, there("v2")], [{"VersionId": "v2"}], "v2", 1),
        # Versioning is not on yet, twice.
        ([MISSING, there("v3")], [{}, {"VersionId": "null"}, {"VersionId": "v3"}], "v3", 3),
        # Put before versioning was on: that version is nobody's for good.
        ([there("null"), there("v2")], [{"VersionId": "v2"}], "v2", 1),
        ([there(None), there("v2")], [{"VersionId": "v2"}], "v2", 1),
        # The version that was named never comes.
        ([MISSING] * 6 + [there("v3")], [{"VersionId": "v2"}, {"VersionId": "v3"}], "v3", 2),
        # It is there, and holds something else: it is not taken for ours.
        ([MISSING, there("v2", b"another"), there("v2")], [{"VersionId": "v2"}], "v2", 1),
    ],
)
def test_it_waits_for_the_version_and_puts_the_file_again_where_there_is_none(
    cli: ScriptedCli,
    slept: list[float],
    zipped: Path,
    heads: list[Any],
    puts: list[Any],
    version: str,
    times_put: int,
) -> None:
    aws = cli.answers(s3api__head_object=heads, s3api__put_object=puts)
    place = _placed(aws, BUCKET, zipped)
    assert place == {"Bucket": BUCKET.name, "Key": KEY, "Version": version}
    assert len(cli.calls("s3api", "put-object")) == times_put
    last = cli.calls("s3api", "head-object")[-1]
    assert last[last.index("--version-id") + 1] == version
    assert sum(slept) < 120


def test_every_request_names_the_buckets_owner(cli: ScriptedCli, zipped: Path) -> None:
    aws = cli.answers(
        s3api__head_object=[MISSING, there("v2")], s3api__put_object=[{"VersionId": "v2"}]
    )
    _placed(aws, BUCKET, zipped)
    calls = cli.calls("s3api", "head-object") + cli.calls("s3api", "put-object")
    assert len(calls) == 3
    for call in calls:
        assert call[call.index("--expected-bucket-owner") + 1] == BUCKET.owner


@pytest.mark.parametrize("put", [{}, {"VersionId": "v2"}])
def test_it_stops_in_words_after_as_long_as_aws_says_that_it_may_take(
    cli: ScriptedCli,
    slept: list[float],
    zipped: Path,
    capsys: pytest.CaptureFixture[str],
    put: dict[str, str],
) -> None:
    aws = cli.answers(s3api__head_object=[MISSING], s3api__put_object=[put])
    with pytest.raises(Stop, match=r"has kept no version of deployment\.zip in daypass-artefacts"):
        _placed(aws, BUCKET, zipped)
    assert 14 * 60 < sum(slept) <= 15 * 60
    assert capsys.readouterr().out.count("may take up to fifteen minutes") == 1


def test_another_refusal_ends_it_at_once(cli: ScriptedCli, zipped: Path) -> None:
    aws = cli.answers(s3api__head_object=[MISSING], s3api__put_object=[refusal("403", "Forbidden")])
    with pytest.raises(Stop, match="403"):
        _placed(aws, BUCKET, zipped)
