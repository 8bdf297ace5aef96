"""The clients' files, stored for review: the change of a single character shows.

After an intended change: `UPDATE_GOLDEN=1 pytest tests/domain/onboarding/setup/formats`.
"""

import os
from pathlib import Path

from msgspec.structs import replace

from chalicelib.domain.onboarding.setup import broker_policies as firm
from chalicelib.domain.onboarding.setup import removal
from chalicelib.domain.onboarding.setup.formats import (
    cloudformation,
    cut_off_script,
    plain,
    script,
    terraform,
)
from chalicelib.domain.policies.documents import pretty
from tests.domain.onboarding.setup.specs import FIRM, KEPT
from tests.rows import every

GOLDEN = Path(__file__).parent / "golden"
THE_ARTICLES_LIST = (
    "arn:aws:iam::987654321098:role/ContractorRole",
    "arn:aws:iam::876543210987:role/ConsultantRole",
    "arn:aws:iam::765432109876:role/DeveloperRole",
)


def everything(spec):
    options = "\n".join(
        f"# {option.title}: {option.text}\n{option.commands}"
        for option in removal.list_removal_options(spec)
    )
    return {
        cloudformation.FILE: cloudformation.build_role_template(spec),
        terraform.FILE: terraform.build_role_configuration(spec),
        script.FILE: script.build_role_script(spec),
        "settings.txt": "".join(
            f"{each.name}={each.value}\n" for each in plain.list_settings(spec)
        ),
        "removal.txt": options,
        **_cut_off_alone(spec),
        **{file.name: file.text for file in plain.build_policy_files(spec)},
    }


def _cut_off_alone(spec):
    if spec.cut_off_external_id is None:
        return {}
    return {"cut-off.sh": cut_off_script.build_cut_off_script(spec)}


OTHERS = ("222233334444", "333344445555")
FIRM_OF_MANY_ACCOUNTS = replace(FIRM, other_accounts=OTHERS, organization_id="o-example123")


def firms(*role_arns, of=FIRM):
    documents = firm.build_broker_policies(of, role_arns)
    return {
        f"{firm.format_policy_name(n)}.json": pretty(d) + "\n" for n, d in enumerate(documents, 1)
    }


FOLDERS = {
    **{name: everything(spec) for name, spec in KEPT.items()},
    "firm-of-one-client": firms(THE_ARTICLES_LIST[0]),
    "firm-of-the-articles-list": firms(*THE_ARTICLES_LIST),
    "firm-of-many-accounts": firms(THE_ARTICLES_LIST[0], of=FIRM_OF_MANY_ACCOUNTS),
}


@every("folder", FOLDERS)
def test_the_files_are_those_that_were_reviewed(folder):
    stored = GOLDEN / folder
    if os.environ.get("UPDATE_GOLDEN"):
        stored.mkdir(parents=True, exist_ok=True)
        for old in stored.iterdir():
            old.unlink()
        for name, text in FOLDERS[folder].items():
            (stored / name).write_bytes(text.encode())
    assert {file.name: file.read_bytes().decode() for file in stored.iterdir()} == FOLDERS[folder]


def test_no_other_files_are_stored():
    assert {folder.name for folder in GOLDEN.iterdir()} == set(FOLDERS)
