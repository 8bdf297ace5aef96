"""After the first deployment, each job whose alarm waits for data is started once."""

import package
import pytest

from operating.deploy import list_watched_jobs, start_jobs
from tests.entrypoints.watched.jobs import MISSED
from tests.operating.scripted import refusal

APP = package.app()
JOBS = [job for job, *_ in MISSED.values()]
STACK = {"StackId": "app/1", "StackName": "daypass", "StackStatus": "CREATE_COMPLETE"}
RESOURCES = [
    {"LogicalResourceId": job, "PhysicalResourceId": f"daypass-{job}-1"} | {"ResourceStatus": "OK"}
    for job in JOBS
]


def test_every_job_with_such_an_alarm_is_listed():
    assert sorted(list_watched_jobs(APP)) == sorted(JOBS)


@pytest.mark.parametrize(
    ("response", "text"),
    [
        ({"StatusCode": 202}, "Every job has been started once."),
        (refusal("AccessDeniedException"), "could not be started: Sweep (AccessDeniedException), "),
    ],
)
def test_each_is_invoked_without_waiting_for_it_and_a_refusal_is_printed(
    cli, capsys, response, text
):
    aws = cli.answers(
        cloudformation__describe_stacks=[{"Stacks": [STACK]}],
        cloudformation__list_stack_resources=[{"StackResourceSummaries": RESOURCES}],
        lambda__invoke=[response],
    )
    start_jobs(aws, APP)
    assert text in capsys.readouterr().out.replace("\n", " ")
    calls = [" ".join(call) for call in cli.calls("lambda", "invoke")]
    assert len(calls) == len(JOBS)
    assert all("--invocation-type Event" in call for call in calls)
    assert all(any(f"daypass-{job}-1" in call for call in calls) for job in JOBS)
