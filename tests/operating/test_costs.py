"""The doctor's price of an idle deployment is that of the documents."""

import re

import package

from operating.doctor.costs import ALARM_PRICE, PRICES, WAF, check_idle_costs, estimate_idle_costs
from tests.running import read_file

COSTS = read_file("docs/costs-and-limits.md")
ROWS = [
    (name, float(price))
    for name, price in re.findall(
        r"^\| (.+?) \| .+ \| ([0-9.]+) \|$",
        COSTS.partition("## An idle deployment")[2],
        re.MULTILINE,
    )
]
APP = package.app()


def documented(*beginnings):
    return sum(price for name, price in ROWS if name.startswith(beginnings))


def test_the_doctor_adds_up_what_the_page_lists():
    assert len(ROWS) == 12
    alarms = documented("some 30 alarms")
    assert documented("") == documented(*(name for name, _ in ROWS))
    assert round(documented("") - alarms, 2) == round(sum(PRICES.values()), 2)
    assert PRICES[WAF] == documented("AWS WAF")
    assert PRICES["metrics"] == documented("custom metrics")
    assert PRICES["two KMS keys"] == documented("the key of")
    estimate = sum(estimate_idle_costs(APP, has_rate_limit=True).values())
    assert abs(estimate - documented("")) < 10 * ALARM_PRICE


def test_the_pages_sum_is_that_of_its_rows():
    (total,) = re.findall(r"^\| \| \| \*\*([0-9]+)\*\* \|$", COSTS, re.MULTILINE)
    assert f"{documented(''):.0f}" == total
    without_waf = documented("") - PRICES[WAF]
    assert f"some {total} USD a month, or {without_waf:.0f} without AWS WAF" in COSTS


def test_it_names_the_sum_the_largest_parts_and_what_can_be_left_out():
    (finding,) = check_idle_costs(APP, has_rate_limit=True)
    assert "costs some 18 USD a month in us-east-1 (AWS WAF 6.40, the jobs and" in finding.text
    assert "Without AWS WAF: RATE_LIMIT=0." in finding.text
    (finding,) = check_idle_costs(APP, has_rate_limit=False)
    assert "costs some 11 USD" in finding.text
    assert "WAF" not in finding.text
