"""The user's own functions, called with every label on a thread of their own."""

from __future__ import annotations

import queue

import pytest

from dalt.core.records import Label, utc_now
from dalt.page.callbacks import Callbacks


def label(event_id: int) -> Label:
    return Label(event_id, "label", f"s{event_id}", "cat", "ana", "sitting", utc_now(), "human")


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (SystemExit(2), "on_label failed: SystemExit: 2"),
        (KeyboardInterrupt(), "on_label failed: KeyboardInterrupt"),
        (ValueError("mine"), "on_label failed: ValueError: mine"),
    ],
)
def test_whatever_a_function_raises_is_told_and_the_next_label_comes(
    raised: BaseException, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told: queue.Queue[str] = queue.Queue()
    heard: queue.Queue[int] = queue.Queue()

    def listen(label: Label) -> None:
        if label.event_id == 1:
            raise raised
        heard.put(label.event_id)

    callbacks = Callbacks(told.put)
    callbacks.add(listen)
    for event_id in (1, 2):
        callbacks.tell(label(event_id))
    assert heard.get(timeout=60) == 2
    assert told.get_nowait() == said
    assert "in listen" in capsys.readouterr().err
    callbacks.close()
