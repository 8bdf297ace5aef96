"""The contract of the Templates port, for the fake in memory and the bucket in the local AWS."""

import urllib.request
from collections.abc import Callable
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

import botocore.session
import pytest

from chalicelib.adapters.onboarding.templates import S3Templates
from chalicelib.domain.errors import Unavailable
from chalicelib.usecases.ports import Templates
from local import sample_accounts
from local.functions import Functions, environment_with
from tests.fakes.templates import FakeTemplates

REGION = "us-east-1"
BUCKET = f"daypass-templates-{sample_accounts.FIRM}-{REGION}"


class Shelf(NamedTuple):
    """The port, one whose place does not take anything, and what reads a URL."""

    templates: Templates
    unreachable: Templates
    read: Callable[[str], str]


def in_a_bucket(name):
    clients = partial(botocore.session.Session().create_client, region_name=REGION)
    return S3Templates(name, REGION, sample_accounts.FIRM, clients)


def fetched(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


@pytest.fixture(params=["fake", "real"])
def shelf(request):
    if request.param == "fake":
        fake = FakeTemplates()
        yield Shelf(fake, FakeTemplates(is_reachable=False), fake.read)
        return
    aws = request.getfixturevalue("aws")
    in_lambda = Functions(aws.endpoint, sample_accounts.FIRM)
    with environment_with(in_lambda.credentials("Anonymous")):  # what serves a client's page
        yield Shelf(in_a_bucket(BUCKET), in_a_bucket(f"{BUCKET}-2"), fetched)


def test_only_the_presigned_url_reads_the_text(shelf):
    url = shelf.templates.publish("acme-prod/readonly-1.yaml", "Söhne & Töchter\n")
    assert shelf.read(url) == "Söhne & Töchter\n"
    assert urlsplit(url).path.endswith("/acme-prod/readonly-1.yaml")
    with pytest.raises(OSError, match=r"403|readonly-1\.yaml"):
        shelf.read(url.partition("?")[0])


def test_a_name_has_the_text_that_was_published_last(shelf):
    first = shelf.templates.publish("acme-prod/readonly-2.yaml", "first")
    other = shelf.templates.publish("acme-prod/readonly-3.yaml", "other")
    again = shelf.templates.publish("acme-prod/readonly-2.yaml", "second")
    assert [shelf.read(url) for url in (first, again, other)] == ["second", "second", "other"]


def test_an_unreachable_bucket_is_unavailable(shelf):
    with pytest.raises(Unavailable, match="aws-unreachable"):
        shelf.unreachable.publish("acme-prod/readonly-4.yaml", "text")
