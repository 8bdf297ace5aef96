"""The manual page is valid, and has each command, option and variable."""

import os
import re
import shutil
import subprocess

import pytest

from daypass.catalogue import list_commands
from local.documents import manual
from local.documents.commands import option_names
from tests.running import ROOT, read_file

PAGE = read_file("cli/daypass.1")


@pytest.fixture
def mandoc():
    path = shutil.which("mandoc")
    if path is None:
        pytest.skip("mandoc is not installed (.ci/run installs it)")

    def run(*arguments):
        command = [path, *arguments, str(manual.PAGE)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_the_page_is_made_from_the_declarations():
    assert manual.build_manual(manual.date_of(PAGE)) == PAGE, "make commands-page writes it"


def test_the_page_is_valid_at_the_level_of_style(mandoc):
    output = mandoc("-T", "lint")
    assert (output.returncode, output.stdout, output.stderr) == (0, "", "")


def test_a_reader_finds_each_command_and_option_as_they_are_typed(mandoc):
    text = re.sub(r".\x08", "", mandoc("-T", "ascii", "-O", "width=60").stdout)
    sections = re.split(r"^     daypass (?=[a-z-]+\b)", text, flags=re.MULTILINE)
    by_name = {re.match(r"[a-z-]+", section)[0]: section for section in sections[1:]}
    assert by_name.keys() == {command.name for command in list_commands() if command.group}
    for command in list_commands():
        for argument in command.arguments if command.group else ():
            for name in option_names(argument):
                assert re.search(rf"{name}\b", by_name[command.name]), (command.name, name)
    long = [line for line in text.splitlines() if len(line) > 60 and " " in line.strip()]
    assert long == []


def test_it_names_each_variable_that_the_command_reads():
    files = (ROOT / "cli" / "daypass").rglob("*.py")
    read = {
        name
        for file in files
        for name in re.findall(r'environ(?:\.get\(|\[)"(\w+)"', file.read_text())
        if name.startswith(("DAYPASS", "HTTPS", "NO_", "PAGER"))
    }
    assert read - {"DAYPASS_SIGNIN_ENDPOINT"} <= manual.VARIABLES.keys()


def test_a_page_that_did_not_change_keeps_its_date(tmp_path, monkeypatch):
    monkeypatch.setattr(manual, "PAGE", tmp_path / "daypass.1")
    manual.PAGE.write_text(manual.build_manual("May 1, 2026"))
    manual.main()
    assert manual.date_of(manual.PAGE.read_text()) == "May 1, 2026"
    manual.PAGE.write_text(manual.build_manual("May 1, 2026") + "old")
    os.utime(manual.PAGE)
    manual.main()
    assert manual.date_of(manual.PAGE.read_text()) != "May 1, 2026"
