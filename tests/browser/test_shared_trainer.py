"""The page of a thin kernel, beside a trainer process that comes and goes."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from labeler import Labeler, Store
from playwright.sync_api import Page, expect
from ports import free_port
from running_servers import Digits

from dalt.learning.training.heartbeat import read_beat
from dalt.server.serve import Service, running
from dalt.server.web.supervisor import THIN_KERNEL, supervised

STOPPED = "Training is paused. Your labels are saved."


@pytest.fixture
def thin(page: Page, digits: Digits, tmp_path: Path, environment: None) -> Iterator[Labeler]:
    """A page whose kernel only follows, and nothing to follow yet."""
    folder = Path(shutil.copytree(digits.folder, tmp_path / "digits.dalt"))
    port = free_port()
    told = {"annotator": "ana", "token": "", "environment": THIN_KERNEL}
    with running(Service(folder, ip="127.0.0.1", port=port, **told)):  # type: ignore[arg-type]
        page.goto(f"http://127.0.0.1:{port}/")
        yield Labeler(page, Store(folder / "labels.db"), digits.truth).ready()
        page.close()


@pytest.mark.slow
def test_the_page_says_whether_the_model_learns(thin: Labeler) -> None:
    trainer, folder = thin.part("trainer"), thin.store.path.parent
    expect(trainer).to_have_text(STOPPED, timeout=30_000)
    expected = [thin.label() for _ in range(3)]
    with supervised(folder):
        # It is said until there is something new, which may be soon.
        expect(thin.part("progress")).to_contain_text("The model has learned from", timeout=30_000)
        expect(trainer).not_to_have_text(STOPPED)
        beat = read_beat(folder / "snapshots")
        assert beat is not None
        os.kill(beat.pid, signal.SIGKILL)
        expect(trainer).to_have_text(STOPPED, timeout=30_000)
        expect(trainer).to_have_text("Training goes on.", timeout=30_000)
        expected.append(thin.label())
        expect(trainer).not_to_have_text("Training goes on.")
        expect(trainer).not_to_have_text(STOPPED)
    assert thin.events() == expected
