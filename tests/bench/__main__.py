"""Measure a vend, the `daypass` command and the web console, in one run: `make bench`. It judges
nothing.

The ratios hold on any machine. The times depend on the machine that runs this.
"""

from __future__ import annotations

from local import sample_data
from local.processes import stack
from tests.bench.credentials import print_credentials
from tests.bench.reporting import say
from tests.bench.sizes import print_sizes
from tests.bench.starts import print_starts
from tests.bench.vend import calls_of_a_vend, cpu_of_a_vend, print_cpu


def main() -> None:
    say("\nDaypass bench: a vend compared with the SDK calls that it makes\n")
    with stack(aws_port=0, api_port=0) as running:
        token = sample_data.create_sample_data(running)["alice"]
        with running.functions.running("Enter"):
            calls, units = calls_of_a_vend(running, token)
            cpu = cpu_of_a_vend(running, token)
    say("calls to AWS in one vend")
    say(f"  {' · '.join(calls)}")
    say(f"  STS {calls.count('AssumeRole')} (at most 1), DynamoDB {len(calls) - 1} (at most 4)")
    say(f"  write units of DynamoDB: {sum(units)} ({' + '.join(map(str, units))})\n")
    print_cpu(cpu)
    print_starts()
    print_sizes()
    print_credentials()


if __name__ == "__main__":
    main()
