"""Define the identities of CI jobs, with which machines sign in: which tokens of GitHub Actions and
GitLab CI Daypass accepts, and which subjects a lead can bind.

A subject names its repository by names that someone else can register after a rename. So Daypass
adds the numeric IDs of the token's other claims, which are never used again. GitHub's immutable
subjects look the same:

    repo:acme@1234/shop@5678:environment:production
    project_path:acme/shop@5678:ref_type:branch:ref:main
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from chalicelib.domain.identifiers import constrain_identifier
from chalicelib.domain.moments import Moment
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Request

_NAME, _ID, _REST = r"[A-Za-z0-9_.-]+", r"[0-9]{1,20}", r"[A-Za-z0-9_.,/@%+=#~-]+"
_GITHUB = re.compile(rf"repo:({_NAME})(?:@{_ID})?/({_NAME})(?:@{_ID})?(:.+)", re.ASCII)
_GITLAB = re.compile(rf"project_path:({_NAME}(?:/{_NAME})+)(:.+)", re.ASCII)
_BINDABLE = re.compile(
    rf"repo:{_NAME}@{_ID}/{_NAME}@{_ID}:"
    rf"(environment:{_REST}|ref:refs/(heads|tags)/{_REST})(:job_workflow_ref:{_REST})?"
    rf"|project_path:{_NAME}(/{_NAME})+@{_ID}:ref_type:(branch|tag):ref:{_REST}",
    re.ASCII,
)
_WITHOUT_IDS = re.compile(rf"(repo|project_path):{_NAME}(/{_NAME})+:.+", re.ASCII)

JobIssuer = Annotated[
    str, constrain_identifier("the issuer of an identity provider, an address", "[!-~]+", 255)
]
JobSubject = Annotated[
    str, constrain_identifier("the subject of a CI's job, in ASCII without spaces", "[!-~]+", 255)
]


class BindJob(Request):
    """A lead's request to let a CI's job sign in as a machine."""

    issuer: JobIssuer
    subject: JobSubject
    expires_at: Moment | None = None
    """When the job can no longer sign in: by default in 90 days, at most in 366 days."""


def is_job(claims: Mapping[str, Any]) -> bool:
    """Return whether a token is a CI job's, and not a person's."""
    subject = str(claims.get("sub"))
    has_prefix = subject.startswith(("repo:", "project_path:"))
    return has_prefix or "repository_id" in claims or "project_path" in claims


def read_job_subject(claims: Mapping[str, Any]) -> str | Reason:
    """Return the subject of a job's verified token, with the numeric IDs, or JOB_REFUSED.

    The job must not run for a pull or merge request, whose code anyone can write: GitLab has put a
    protected branch into the subject of a fork's merge request (gitlab-org/gitlab, issue 548165).
    And it must run in a GitHub environment, or for a protected branch or tag.

    The token of a GitLab child pipeline does not say whether its parent runs for a merge request.
    If that comes from a fork, the job's own project, `job_project_id`, is not the token's project.
    Old versions of GitLab do not send `job_project_id`, so Daypass refuses their child pipelines.
    """
    subject = str(claims.get("sub"))
    if match := _GITHUB.fullmatch(subject):
        owner_id, repository_id = claims.get("repository_owner_id"), claims.get("repository_id")
        subject_with_ids = f"repo:{match[1]}@{owner_id}/{match[2]}@{repository_id}{match[3]}"
        ids = [owner_id, repository_id]
        # GitHub's environments have protection rules of their own.
        event, is_of_ref, is_of_fork = claims.get("event_name"), match[3].startswith(":ref:"), False
    elif match := _GITLAB.fullmatch(subject):
        project_id = claims.get("project_id")
        subject_with_ids = f"project_path:{match[1]}@{project_id}{match[2]}"
        ids = [project_id]
        event, is_of_ref = claims.get("pipeline_source"), True
        assumed_project = None if event == "parent_pipeline" else project_id
        is_of_fork = claims.get("job_project_id", assumed_project) != project_id
    else:
        return Reason.JOB_REFUSED
    has_ids = all(isinstance(each, str) and re.fullmatch(_ID, each, re.ASCII) for each in ids)
    # "pull_request", "pull_request_target", "merge_request_event" and their like
    is_of_request = not isinstance(event, str) or "request" in event
    is_protected = not is_of_ref or claims.get("ref_protected") == "true"
    is_accepted = has_ids and is_protected and not is_of_request and not is_of_fork
    return subject_with_ids if is_accepted else Reason.JOB_REFUSED


def find_subject_problem(subject: str) -> str:
    """Return why no lead can bind this subject, as a sentence, or empty text."""
    if "*" in subject or "?" in subject:
        return "A subject names exactly one environment, branch or tag. Leave out * and ?."
    if ":pull_request" in subject:
        return (
            "Anyone who can open a pull request gets this subject. Bind an environment, or a"
            " protected branch or tag."
        )
    if _BINDABLE.fullmatch(subject):
        return ""
    if _WITHOUT_IDS.fullmatch(subject):
        return (
            "After a rename, someone else can register these names, and get this subject. Run the"
            " job: the refusal names its subject with the numeric IDs, such as"
            " repo:acme@1234/shop@5678:environment:production."
        )
    return (
        "This is not a subject that can be bound. On GitHub, it names the repository and an"
        " environment, a branch or a tag; on GitLab, the project and a branch or tag. Run the job:"
        " the refusal names it."
    )


def name_ci(subject: str) -> str:
    """Return the name of the CI that gives its jobs such subjects."""
    return "GitHub Actions" if subject.startswith("repo:") else "GitLab CI"
