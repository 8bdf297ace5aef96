"""The operator's pages: their length, their tables and the settings."""

import re

import hcl2
import package

from chalicelib import settings
from chalicelib.domain.reasons import Reason
from operating.change_sets import encode_template
from tests import settings_table, terraform_settings
from tests.entrypoints.watched.cloudwatch import ALARM, resources
from tests.running import ROOT, read_file

SETTINGS = read_file("docs/reference/settings.md")


def test_the_page_of_settings_lists_every_parameter_of_the_templates():
    assert settings_table.written(SETTINGS) == SETTINGS, "Run `make settings-table`."
    assert all(f"| `{name}` | " in SETTINGS for name in settings_table.parameters())


def test_the_terraform_module_has_every_setting():
    current = terraform_settings.PATH.read_text(encoding="utf-8")
    assert terraform_settings.written() == current, "Run `make settings-table`."


def test_the_page_about_terraform_sets_variables_of_the_module():
    (example,) = re.findall(r"```terraform\n(.*?)```", read_file("docs/terraform.md"), re.DOTALL)
    (module,) = hcl2.loads(example)["module"]
    arguments = {name for name in module['"daypass"'] if name.islower() and "__" not in name}
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "terraform").glob("*.tf"))
    variables = set(re.findall(r'^variable "(\w+)"', sources, re.MULTILINE))
    assert len(arguments) > 8
    assert arguments - {"source"} < variables


def test_the_page_of_settings_lists_what_make_help_lists():
    makefile = read_file("Makefile")
    listed = makefile.partition("Settings of make deploy")[2].partition("\n\n")[0]
    names = re.findall(r"^\t\t([A-Z_]+) ", listed, re.MULTILINE)
    assert len(names) > 10
    assert all(re.search(rf"^\| .*`{name}`", SETTINGS, re.MULTILINE) for name in names)


def test_the_page_of_settings_says_what_each_invalid_one_turns_off():
    table = SETTINGS.partition("| variable | off meanwhile |")[2]
    optional = {
        name
        for name in settings._PATTERNS
        if name.startswith("DAYPASS_") and settings.find_setting_problem(name, "") is None
    }
    assert set(re.findall(r"`(DAYPASS_\w+)`", table)) == optional


def test_the_runbooks_tables_of_reasons_name_reasons():
    pages = [read_file(page) for page in (ROOT / "docs/runbooks").glob("*.md")]
    tables = [page.partition("| reason |")[2].partition("\n\n")[0] for page in pages]
    cells = re.findall(r"^\| (`[^|]+) \|", "\n".join(tables), re.MULTILINE)
    reasons = {name for cell in cells for name in re.findall(r"`([a-z-]+)`", cell)}
    assert len(reasons) > 5
    assert reasons <= {reason.value for reason in Reason}


def test_the_page_about_metrics_lists_every_metric_of_an_alarm():
    page = read_file("docs/reference/logs-and-metrics.md")
    alarms = resources(ALARM).values()
    metrics = {alarm["MetricName"] for alarm in alarms if alarm["Namespace"] == "Daypass"}
    assert {name for name in metrics if f"`{name}`" not in page} == set()


def test_the_page_about_limits_knows_how_large_the_foundations_template_is():
    page = read_file("docs/reference/limits.md")
    (size,) = re.findall(r"the foundation has some (\d+) KB", page)
    assert abs(len(encode_template(package.foundation())) / 1000 - int(size)) < 2
