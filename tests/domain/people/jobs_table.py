"""The jobs of CIs that Daypass accepts, row by row."""

from typing import Any

from chalicelib.domain.people.jobs import is_job, read_job_subject
from chalicelib.domain.reasons import Reason
from tests.domain.rows import Row, no, yes
from tests.fakes import NOON
from tests.fakes.providers import JOB_SUBJECT, claims, gitlab_claims, job_claims

REFUSED = Reason.JOB_REFUSED
BRANCH = "repo:acme/shop:ref:refs/heads/main"
OF_BRANCH = "repo:acme@1234/shop@5678:ref:refs/heads/main"
TAG = "repo:acme/shop:ref:refs/tags/v1"
GITLAB_SUBJECT = "project_path:acme/web/shop@5678:ref_type:branch:ref:main"
PROTECTED = {"ref_protected": "true"}
CHILD = {"pipeline_source": "parent_pipeline"}


def github(name: str, result: object, **changes: Any) -> Row:
    return Row(f"GitHub: {name}", result, job_claims(NOON, **changes))


def gitlab(name: str, result: object, **changes: Any) -> Row:
    return Row(f"GitLab: {name}", result, gitlab_claims(NOON, **changes))


JOBS = [
    github("an environment", JOB_SUBJECT),
    github("an immutable subject", JOB_SUBJECT, sub=JOB_SUBJECT),
    github("names that another repository has now", JOB_SUBJECT.replace("5678", "99"),
           repository_id="99"),
    github("the former repository's immutable subject, which no other can get",
           JOB_SUBJECT.replace("5678", "99"), sub=JOB_SUBJECT, repository_id="99"),
    github("names of another owner", JOB_SUBJECT.replace("1234", "98"), repository_owner_id="98"),
    github("a protected branch", OF_BRANCH, sub=BRANCH, **PROTECTED),
    github("a branch", REFUSED, sub=BRANCH),
    github("a branch that says nothing", REFUSED, sub=BRANCH, ref_protected=None),
    github("a tag", REFUSED, sub=TAG),
    github("a pull request", REFUSED, sub="repo:acme/shop:pull_request", event_name="pull_request"),
    github("a pull request in an environment", REFUSED, event_name="pull_request"),
    github("a fork's, with the base's rights", REFUSED, event_name="pull_request_target"),
    github("no event", REFUSED, event_name=None),
    github("an event that is no text", REFUSED, event_name=["push"]),
    github("no repository's ID", REFUSED, repository_id=None),
    github("no owner's ID", REFUSED, repository_owner_id=None),
    github("an immutable subject alone", REFUSED, sub=JOB_SUBJECT, repository_id=None),
    github("an ID that is no number", REFUSED, repository_id="56/78"),
    github("an ID of 21 digits", REFUSED, repository_id="1" * 21),
    github("an ID that is no text", REFUSED, repository_id=5678),
    github("a subject without a repository", REFUSED, sub="environment:production"),
    github("a person's subject", REFUSED, sub="alice@example.com"),
    github("a repository without an owner", REFUSED, sub="repo:shop:environment:production"),
    github("no subject", REFUSED, sub=None),
    gitlab("a protected branch", GITLAB_SUBJECT),
    gitlab("names that another project has now", GITLAB_SUBJECT.replace("5678", "9"),
           project_id="9"),
    gitlab("an unprotected branch", REFUSED, ref_protected="false"),
    gitlab("no word on protection", REFUSED, ref_protected=None),
    gitlab("a merge request", REFUSED, pipeline_source="merge_request_event"),
    gitlab("GitHub's pull request", REFUSED, pipeline_source="external_pull_request_event"),
    gitlab("no source", REFUSED, pipeline_source=None),
    gitlab("a child pipeline", GITLAB_SUBJECT, **CHILD, job_project_id="5678"),
    gitlab("a child pipeline, perhaps of a merge request", REFUSED, **CHILD),
    gitlab("a child pipeline of a fork's merge request", REFUSED, **CHILD, job_project_id="9"),
    gitlab("a branch, in its own project", GITLAB_SUBJECT, job_project_id="5678"),
    gitlab("a branch, in another project", REFUSED, job_project_id="9"),
    gitlab("no project's ID", REFUSED, project_id=None),
    gitlab("a project without a group", REFUSED, sub="project_path:shop:ref_type:branch:ref:main"),
]  # fmt: skip

OF_JOBS = [
    yes("a job", job_claims(NOON)),
    yes("a job by its subject", claims(NOON, sub="repo:acme/shop:environment:production")),
    yes("a job of GitLab by its subject", claims(NOON, sub="project_path:a/b:ref_type:tag")),
    yes("a job by its repository", claims(NOON, repository_id="1")),
    yes("a job by its project", claims(NOON, project_path="acme/shop")),
    no("a person", claims(NOON)),
    no("no one", claims(NOON, sub=None)),
]

RULES = [(read_job_subject, JOBS, 6), (is_job, OF_JOBS, 3)]
