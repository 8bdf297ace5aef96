"""The SideBySide port: the fake and the threads do the same, and the threads at once."""

import subprocess
import sys
from functools import partial
from threading import Barrier, Event, Timer, get_ident
from time import sleep

import botocore.session
import pytest

from chalicelib import bootstrap
from chalicelib.adapters.side_by_side import AT_ONCE, side_by_side
from tests.fakes import World
from tests.running import ROOT

PORTS = {"fake": World().ports().side_by_side, "real": side_by_side}
PATIENCE = 20  # seconds: only a test that fails ever waits for so long


@pytest.fixture(params=PORTS)
def port(request):
    return PORTS[request.param]


def run(program):
    """Run this Python in a process, which has to succeed."""
    subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=ROOT, check=True)


def giving(number):
    return lambda: number


@pytest.mark.parametrize("count", [0, 1, 3, 3 * AT_ONCE])
def test_results_come_in_the_order_of_the_calls(port, count):
    assert list(port([giving(number) for number in range(count)])) == list(range(count))


def test_an_error_is_raised_in_the_order_of_the_calls(port):
    def fail():
        raise ZeroDivisionError

    response = port([giving(1), giving(2), fail, giving(3)])
    assert [next(response), next(response)] == [1, 2]
    with pytest.raises(ZeroDivisionError):
        next(response)


def test_nothing_is_called_before_the_first_result_is_requested(port):
    called = []
    port([partial(called.append, 1)])
    assert called == []


def test_calls_run_concurrently_up_to_the_limit():
    together = Barrier(AT_ONCE)

    def meet():
        together.wait(PATIENCE)
        return get_ident()

    assert len(set(side_by_side([meet] * AT_ONCE))) == AT_ONCE


def test_a_slow_call_does_not_delay_the_others():
    others_done, done = Event(), []

    def slow():
        assert others_done.wait(PATIENCE)
        return "slow"

    def quick(number):
        done.append(number)
        if len(done) == 5 * AT_ONCE:
            others_done.set()
        return "quick"

    calls = [slow, *(partial(quick, n) for n in range(5 * AT_ONCE))]
    assert list(side_by_side(calls)) == ["slow", *["quick"] * 5 * AT_ONCE]


def test_closing_early_waits_for_running_calls_and_starts_no_more(port):
    begun = []
    ended = []
    stopped = Event()

    def call(number):
        begun.append(number)
        if number:
            assert stopped.wait(PATIENCE)
        ended.append(number)
        return number

    response = port([partial(call, number) for number in range(100)])
    assert next(response) == 0
    Timer(0.2, stopped.set).start()
    response.close()
    assert sorted(begun) == sorted(ended)
    assert len(begun) <= 1 + AT_ONCE


def test_a_vend_does_not_import_threads():
    run("""
import sys
import chalicelib.adapters.side_by_side, chalicelib.usecases.vending.vend
sys.exit('concurrent.futures' in sys.modules)
""")


FIRST_PARSES = """
import sys, threading, msgspec
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Value
from chalicelib.domain.vending.sessions import SessionStatus
sys.setswitchinterval(1e-6)
for _ in range(100):
    class Inner(Value):
        at: Moment
        status: SessionStatus
    class Outer(Value):
        inner: tuple[Inner, ...]
        last: Inner | None = None
    body = {"inner": [{"at": "2026-12-01T00:00:00Z", "status": "live"}]}
    together = threading.Barrier(4)
    def parse():
        together.wait()
        msgspec.convert(body, Outer)
    threads = [threading.Thread(target=parse) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_threads_can_parse_the_first_items_of_a_kind_at_once():
    """msgspec before 0.23 described a type twice then, and the process crashed."""
    run(FIRST_PARSES)


def test_concurrent_calls_create_clients_one_at_a_time(monkeypatch):
    """boto3's sessions are not made for several threads, as the clients are that they make."""
    at_work = []

    def client(_session, service, **_):
        at_work.append(service)
        sleep(0.002)
        assert len(at_work) == 1
        at_work.remove(service)
        return service

    monkeypatch.setattr("boto3.Session.client", client)
    session = botocore.session.get_session()
    made = partial(bootstrap._create_boto3_client, session, "us-east-1", "sts")
    assert list(side_by_side([made] * 3 * AT_ONCE)) == ["sts"] * 3 * AT_ONCE
