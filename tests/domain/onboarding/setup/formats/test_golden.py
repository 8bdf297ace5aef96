"""What clients are given, kept as files: a change of a single character shows in review.

After a change that is meant: `UPDATE_GOLDEN=1 pytest tests/domain/setup/test_golden.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chalicelib.domain.onboarding.setup import broker_policies as firm
from chalicelib.domain.onboarding.setup import removal as leaving
from chalicelib.domain.onboarding.setup.documents import pretty
from chalicelib.domain.onboarding.setup.formats import cloudformation, plain, script, terraform
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from tests.domain.onboarding.setup.specs import FIRM, KEPT

GOLDEN = Path(__file__).parent / "golden"
THE_ARTICLES_LIST = (
    "arn:aws:iam::987654321098:role/ContractorRole",
    "arn:aws:iam::876543210987:role/ConsultantRole",
    "arn:aws:iam::765432109876:role/DeveloperRole",
)


def everything(spec: RoleSpec) -> dict[str, str]:
    ways = "\n".join(
        f"# {way.title}: {way.text}\n{way.commands}" for way in leaving.removal_options(spec)
    )
    return {
        cloudformation.FILE: cloudformation.template(spec),
        terraform.FILE: terraform.configuration(spec),
        script.FILE: script.script(spec),
        "settings.txt": "".join(f"{one.name}={one.value}\n" for one in plain.settings(spec)),
        "removal.txt": ways,
        **{file.name: file.text for file in plain.files(spec)},
    }


def firms(*role_arns: str) -> dict[str, str]:
    documents = firm.policies(FIRM, role_arns)
    return {f"{firm.policy_name(n)}.json": pretty(d) + "\n" for n, d in enumerate(documents, 1)}


FOLDERS = {
    **{name: everything(spec) for name, spec in KEPT.items()},
    "firm-of-one-client": firms(THE_ARTICLES_LIST[0]),
    "firm-of-the-articles-list": firms(*THE_ARTICLES_LIST),
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_clients_are_given_is_what_was_reviewed(folder: str) -> None:
    kept = GOLDEN / folder
    if os.environ.get("UPDATE_GOLDEN"):
        kept.mkdir(parents=True, exist_ok=True)
        for old in kept.iterdir():
            old.unlink()
        for name, text in FOLDERS[folder].items():
            (kept / name).write_bytes(text.encode())
    assert {file.name: file.read_bytes().decode() for file in kept.iterdir()} == FOLDERS[folder]


def test_nothing_is_kept_that_is_no_longer_given() -> None:
    assert {folder.name for folder in GOLDEN.iterdir()} == set(FOLDERS)
