"""Say what an idle deployment costs a month, before the first one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from operating.doctor.findings import Finding, ok

ALARM = "AWS::CloudWatch::Alarm"
ALARM_PRICE = 0.10
WAF = "AWS WAF"
# In USD a month, as docs/costs-and-limits.md has them: a test compares the two.
PRICES: Mapping[str, float] = {
    WAF: 6.40,
    "the jobs and the prober": 4.62,
    "two KMS keys": 2.00,
    "metrics": 1.20,
    "logs": 0.60,
    "the signed files": 0.03,
}


def estimate_idle_costs(app: Mapping[str, Any], *, has_rate_limit: bool) -> dict[str, float]:
    """Return the parts of an idle deployment's price a month in us-east-1, in USD."""
    # Those with a condition exist only with an event bus.
    always = [each for each in app["Resources"].values() if "Condition" not in each]
    alarms = sum(each.get("Type") == ALARM for each in always)
    prices = {name: price for name, price in PRICES.items() if has_rate_limit or name != WAF}
    return prices | {f"{alarms} alarms": alarms * ALARM_PRICE}


def check_idle_costs(app: Mapping[str, Any], *, has_rate_limit: bool) -> Iterator[Finding]:
    """Yield a finding with the price of an idle deployment, and its largest parts."""
    costs = estimate_idle_costs(app, has_rate_limit=has_rate_limit)
    largest = sorted(costs, key=costs.__getitem__, reverse=True)[:4]
    parts = ", ".join(f"{name} {costs[name]:.2f}" for name in largest)
    optional = " Without AWS WAF: RATE_LIMIT=0." if has_rate_limit else ""
    yield ok(
        f"A deployment that no one uses costs some {sum(costs.values()):.0f} USD a month in"
        f" us-east-1 ({parts}).{optional} A thousand vends add about a cent"
        " (docs/costs-and-limits.md)."
    )
