"""The documents' commands print the same output against a deployment, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.people import build_shell_lines, log_in_people
from local.sample_data import ENGAGEMENTS, create_as_lead, verify_roles
from tests.e2e.package.deploying.deployed import Deployed
from tests.e2e.stories import every_step, in_a_shell, same_on_every_run, story
from tests.running import Started

DOCUMENTS = ("README.md", "docs/onboarding.md")


@pytest.fixture(scope="module")
def shown(
    deployed: Deployed, aws_cli: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """Run all stories on the deployment, and return the output of each step."""
    lena = deployed.api(deployed.lena)
    engagements = [
        engagement
        for engagement in ENGAGEMENTS
        if engagement.id in ("acme-prod", "globex", "hooli")
    ]
    tokens = {"lena": lena.token} | create_as_lead(lena, deployed.aws, engagements)
    verify_roles(lena, engagements)
    folder = tmp_path_factory.mktemp("people")
    log_in_people(folder, lena.url, tokens)
    paste = "\n".join(build_shell_lines(folder, lena.url, deployed.aws))
    started = Started(paste, lena.url, deployed.aws, folder)
    return {
        document: in_a_shell(
            started,
            [step.commands for step in story(document)],
            tmp_path_factory.mktemp("home"),
            aws_cli,
        )
        for document in DOCUMENTS
    }


@pytest.mark.parametrize(("document", "number"), every_step(DOCUMENTS))
def test_each_step_prints_the_documents_output(
    shown: dict[str, list[str]], document: str, number: int
) -> None:
    expected = same_on_every_run(story(document)[number].shows)
    assert same_on_every_run(shown[document][number], datetime.now(UTC)) == expected
