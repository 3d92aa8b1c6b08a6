"""Signals: an event is set by them, wherever the main thread is at that moment."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from dalt.core.signals import stopped_by_signals

NUMBERS = (signal.SIGTERM, signal.SIGINT)

# The event is waited for so briefly that most signals come while the main thread is inside of
# `wait`, where it holds the event's own lock for moments.
OFTEN = """
import signal
from dalt.core.signals import stopped_by_signals

for _ in range(2_000):
    with stopped_by_signals(at_once=lambda: None) as stopping:
        signal.signal(signal.SIGALRM, signal.getsignal(signal.SIGTERM))
        signal.setitimer(signal.ITIMER_REAL, 0.0001)
        while not stopping.wait(1e-6):
            pass
print("stopped each time")
"""


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_sets_the_event_and_the_former_handler_comes_back(number: int) -> None:
    before = signal.getsignal(number)
    with stopped_by_signals() as stopping:
        assert not stopping.is_set()
        signal.raise_signal(number)
        assert stopping.wait(60)
        assert signal.getsignal(number) == before  # the second Ctrl+C interrupts as ever
    assert signal.getsignal(number) == before


def test_nothing_sets_the_event_but_a_signal() -> None:
    with stopped_by_signals() as stopping:
        pass
    assert not stopping.is_set()


def test_what_is_called_at_once_may_break_off() -> None:
    calls = []

    def break_off() -> None:
        calls.append(threading.current_thread())
        raise KeyboardInterrupt

    with stopped_by_signals(at_once=break_off) as stopping:
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
        assert stopping.wait(60)
    assert calls == [threading.main_thread()] * 2


def test_a_signal_in_the_midst_of_waiting_never_blocks() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OFTEN], capture_output=True, text=True, timeout=200
    )
    assert done.stdout == "stopped each time\n", done.stderr
