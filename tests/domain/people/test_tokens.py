"""API tokens, enrolment codes, identity tokens and jobs: their form, and what is kept of them."""

import hashlib
import json
import re
from datetime import timedelta

import pytest

from chalicelib.domain.people.enrolments import EnrolmentCode, build_code_text, parse_code
from chalicelib.domain.people.identities import (
    IdentityToken,
    identity_hash,
    is_identity_token,
    parse_identity_claims,
)
from chalicelib.domain.people.jobs import find_subject_problem, name_ci
from chalicelib.domain.people.tokens import build_token_text, parse_token
from chalicelib.domain.text import PART_OF_A_TOKEN
from chalicelib.domain.values import meta_annotations
from tests.builders import token_text_of
from tests.domain.people.jobs_table import BRANCH, GITLAB_SUBJECT, OF_BRANCH
from tests.fakes import NOON
from tests.fakes.providers import (
    JOB_SUBJECT,
    PROVIDER,
    claims,
    fake_identity_token,
    gitlab_claims,
    job_claims,
)
from tests.rows import every

SECRET = bytes(range(32))
MEMBERS = ["al", "alice", "enrol", "a" * 32, "a-1"]
both = pytest.mark.parametrize(
    ("make", "read"),
    [(build_token_text, parse_token), (build_code_text, parse_code)],
    ids=["token", "code"],
)


@every(
    "text, prefix",
    [
        (build_token_text("alice", SECRET), "daypass"),
        (build_code_text("alice", SECRET), "daypass_enrol"),
    ],
)
def test_it_is_a_prefix_its_member_a_secret_and_a_checksum(text, prefix):
    assert re.fullmatch(f"{prefix}_alice_[0-9A-Za-z]{{{43 + 6}}}", text)


@both
@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize(
    "secret", [SECRET, bytes(32), b"\xff" * 32], ids=["usual", "least", "greatest"]
)
def test_it_says_whose_it_is_and_only_its_sha_256_is_read_from_it(make, read, member, secret):
    text = make(member, secret)
    result = read(text)
    assert (result.member, result.hash) == (member, hashlib.sha256(text.encode()).hexdigest())


@both
@pytest.mark.parametrize("count", [0, 16, 31, 33])
def test_it_is_not_made_of_too_little_randomness(make, read, count):
    with pytest.raises(ValueError, match="32 random bytes"):
        make("alice", bytes(count))


@both
@pytest.mark.parametrize(
    "member", ["a" * 33, "Alice", "a_b", "-a", "a-", "a--b", "1a", "\u0430lice"[1:] + "\n", ""]
)
def test_one_of_no_members_id_is_none(make, read, member):
    assert read(make(member, SECRET)) is None


@both
def test_a_typing_error_is_found_without_looking_it_up(make, read):
    text = make("alice", SECRET)
    assert read(text.replace("alice", "alive")) is None
    for wrong in (text[:-1], text + "0", " " + text, text + "\n", text[1:], text * 2, ""):
        assert read(wrong) is None
    for other in ("daypass", "daypass_alice", f"Bearer {text}", "ghp_" + "a" * 36, "\udcff" * 60):
        assert read(other) is None


@every("member", MEMBERS)
def test_no_code_is_a_token_and_requests_take_the_code_that_is_made(member):
    text, token = build_code_text(member, SECRET), build_token_text(member, SECRET)
    assert parse_token(text) is None
    assert parse_code(token) is None
    (takes,) = [meta for meta in meta_annotations(EnrolmentCode) if meta.pattern]
    assert re.search(takes.pattern or "", text)
    assert (takes.min_length or 0) <= len(text) <= (takes.max_length or 0)
    assert not re.search(takes.pattern or "", token)
    # Most of a code is found in free text.
    assert PART_OF_A_TOKEN.search(f"use {text}, please")
    assert PART_OF_A_TOKEN.search(text[:-41])


def test_an_identity_token_is_valid_until_its_expiry():
    identity = parse_identity_claims(claims(NOON), PROVIDER, NOON)
    assert isinstance(identity, IdentityToken)
    assert identity.identity_expires_at == NOON + timedelta(hours=1)


def test_an_identity_is_looked_up_as_it_was_stored_by_every_version():
    stored = '["https://login.example.com","alice@example.com"]'
    assert identity_hash(*json.loads(stored)) == hashlib.sha256(stored.encode()).hexdigest()


def test_no_two_identities_are_looked_up_by_the_same_name():
    """Moving characters between the issuer and the subject gives another hash."""
    identities = [
        IdentityToken(issuer=issuer, subject=subject, identity_expires_at=NOON)
        for issuer, subject in [
            ("https://a.example", "bc"),
            ("https://a.exampleb", "c"),
            ("https://a.example", "b"),
            ("https://b.example", "bc"),
            ('https://a.example","b', "c"),
            ("https://a.example", 'b","c'),
        ]
    ]
    assert len(
        {identity_hash(identity.issuer, identity.subject) for identity in identities}
    ) == len(identities)


@every(
    "text, is_identity",
    [
        (fake_identity_token(claims(NOON)), True),
        ("a.b.c", True),
        (token_text_of("alice"), False),
        ("a.b", False),
        ("a.b.c.d", False),
        ("a..c", False),
        ("a.b.c\n", False),
        ("a.b.ç", False),
        ("a.b=.c", False),
        (f"a.b.{'c' * 8188}", True),
        (f"a.b.{'c' * 8189}", False),
    ],
)
def test_an_identity_token_is_recognised_by_its_format(text, *, is_identity):
    assert is_identity_token(text) is is_identity


STARS = "A subject names exactly"
PULL, NAMES, OTHER = "Anyone who can open", "After a rename, someone else", "This is not a subject"
REUSED = ":job_workflow_ref:acme/ci/.github/workflows/deploy.yml@refs/heads/main"


@every(
    "subject, problem",
    {
        JOB_SUBJECT: "",
        JOB_SUBJECT + REUSED: "",
        OF_BRANCH: "",
        "repo:acme@1/shop@2:ref:refs/tags/v1.2": "",
        "repo:acme@1/shop@2:environment:eu%3Aprod": "",
        GITLAB_SUBJECT: "",
        "project_path:acme/shop@2:ref_type:tag:ref:v1": "",
        "*": STARS,
        "repo:acme@1/shop@2:*": STARS,
        "repo:acme@1/*:environment:prod": STARS,
        "repo:acme@1/shop@2:environment:pro?": STARS,
        "repo:acme@1/shop@2:pull_request": PULL,
        "repo:acme/shop:pull_request": PULL,
        BRANCH: NAMES,
        "repo:acme/shop:environment:production": NAMES,
        "project_path:acme/web/shop:ref_type:branch:ref:main": NAMES,
        "repo:acme@1/shop:environment:prod": OTHER,
        "repo:acme/shop@2:environment:prod": OTHER,
        "repo:acme@1/shop@2": OTHER,
        "repo:acme@1/shop@2:": OTHER,
        "repo:acme@1/shop@2:environment:": OTHER,
        "repo:acme@1/shop@2:ref:refs/pull/7/merge": OTHER,
        "repo:acme@1/shop@2:ref:refs/heads/": OTHER,
        "repo:acme@1/shop@2:environment:prod\n": OTHER,
        "repo:acme@1/shop@2:ref:refs/heads/main;curl": OTHER,
        "repo:acme@1/shop@2:environment:a:b:c": OTHER,
        "repo:acme@１/shop@2:environment:prod": OTHER,
        "environment:production": OTHER,
        "repository_owner:acme": OTHER,
        "project_path:shop@2:ref_type:branch:ref:main": OTHER,
        "project_path:acme/shop@2:ref_type:branch:ref:": OTHER,
        "project_path:acme/shop@2:ref_type:other:ref:main": OTHER,
        "alice@example.com": OTHER,
        "": OTHER,
    }.items(),
)
def test_a_lead_can_bind_only_a_narrow_subject(subject, problem):
    shown = find_subject_problem(subject)
    assert shown.startswith(problem)
    assert bool(shown) is bool(problem)


@every(
    "body, is_job", [(claims(NOON), False), (job_claims(NOON), True), (gitlab_claims(NOON), True)]
)
def test_a_token_says_whether_it_is_a_jobs(body, is_job):
    token = parse_identity_claims(body, PROVIDER, NOON)
    assert isinstance(token, IdentityToken)
    assert token.is_job is is_job
    assert not is_job or not find_subject_problem(token.subject)


@every("length, is_accepted", [(255, True), (256, False)])
def test_a_subject_is_no_longer_with_its_ids_than_any_other(length, is_accepted):
    rest = "x" * (length - len("repo:acme@1234/shop@5678:environment:"))
    body = job_claims(NOON, sub=f"repo:acme/shop:environment:{rest}")
    assert isinstance(parse_identity_claims(body, PROVIDER, NOON), IdentityToken) is is_accepted


def test_a_token_is_named_after_its_ci():
    assert (name_ci(JOB_SUBJECT), name_ci(GITLAB_SUBJECT)) == ("GitHub Actions", "GitLab CI")
