"""A project whose files are swapped under an open page: its answers are kept, and arrive once."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from labeler import Labeler
from playwright.sync_api import Page, expect
from running_servers import Digits, Server


def put_backup_in_place(database: Path) -> None:
    """As `rsync` and a restore do: a copy is written beside, and renamed."""
    copy = database.with_name(".labels.db.Xyz")
    with closing(sqlite3.connect(database)) as there, closing(sqlite3.connect(copy)) as backup:
        there.backup(backup)
    copy.rename(database)
    for ending in ("-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)


@pytest.mark.slow
def test_answers_to_a_database_that_was_replaced_are_kept_and_arrive_once(
    page: Page, digits: Digits, serve: Callable[[Path], Server], tmp_path: Path
) -> None:
    folder = shutil.copytree(digits.folder, tmp_path / "digits.dalt")
    server = serve(folder)
    page.goto(server.address)
    labeler = Labeler(page, server.store, digits.truth).ready()
    expected = [labeler.label()]
    put_backup_in_place(folder / "labels.db")
    for key in ("3", "4"):
        expected.append(("label", labeler.sample, key))
        labeler.press(key)
        expect(labeler.root).to_contain_text("labels.db was replaced")
    assert labeler.acknowledged == 1
    assert labeler.events() == expected[:1], "nothing is recorded into the void"
    page.reload()
    labeler.ready()
    labeler.expect_acknowledged(2)
    assert labeler.events() == expected
    labeler.label()
