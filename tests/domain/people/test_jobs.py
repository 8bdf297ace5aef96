"""The subjects of CI jobs that a lead can bind, and the sentences about the others."""

from chalicelib.domain.people.identities import IdentityToken, parse_identity_claims
from chalicelib.domain.people.jobs import find_subject_problem, name_ci
from tests.domain.people.jobs_table import BRANCH, GITLAB_SUBJECT, OF_BRANCH
from tests.fakes import NOON
from tests.fakes.providers import JOB_SUBJECT, PROVIDER, claims, gitlab_claims, job_claims
from tests.rows import every

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
