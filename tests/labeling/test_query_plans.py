"""What a session asks of the database costs the same in a pool of any size."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from two_classes import change, ids_of

import dalt

GROWING = re.compile(r"SCAN (samples|answers|events|chain)\b")
"""A table that grows with the pool or the labels, read from one end to the other."""
Statements = dict[str, Any]


@pytest.fixture
def asked() -> Iterator[Statements]:
    """Every statement that is executed, with parameters of its first time."""
    found: Statements = {}

    def note(_: Any, __: Any, statement: str, values: Any, ___: Any, many: bool) -> None:
        found.setdefault(statement, values[0] if many else values)

    sa.event.listen(Engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(Engine, "before_cursor_execute", note)


def test_no_step_of_a_labeler_reads_a_whole_table(project: dalt.Project, asked: Statements) -> None:
    project.set_gold(dict.fromkeys(ids_of(project)[:6], "low"))
    change(project, "[labeling]", "[labeling]\ngold_share = 0.5")
    with (
        dalt.Project.open(project.folder, thin=True) as page,  # a fit reads all labels
        page.session(annotator="ana") as session,
    ):
        asked.clear()
        for turn in range(12):
            assignment = session.next()
            assert assignment is not None
            (session.submit(assignment, "low") if turn % 3 else session.skip(assignment))
        session.undo()
        session.recent(5)
        session.skipped()
        session.examples("low")
        session.reopen([session.recent(1)[0][0].id])
        session.renew()
    plans = _plans(project, asked)
    assert any("decisions" in each for each in asked)  # a gold sample was asked for
    assert len(plans) > 20
    assert [f"{each}: {plan}" for each, plan in plans.items() if _reads_all(each, plan)] == []


def _reads_all(statement: str, plan: str) -> bool:
    """Whether it reads a table to its end, and not only the first rows in the order of a key."""
    first_rows = "LIMIT" in statement and "TEMP B-TREE" not in plan
    return GROWING.search(plan) is not None and not first_rows


def _plans(project: dalt.Project, asked: Statements) -> dict[str, str]:
    """How SQLite carries each of them out; it keeps no statistics, so as in a large project."""
    with closing(sqlite3.connect(project.folder / "labels.db")) as database:
        return {
            each: "; ".join(
                row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {each}", values)
            )
            for each, values in asked.items()
            if each.split()[0] in ("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")
        }
