"""A pool of two clear classes for certified finishes, and people who go through its audit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.naive_bayes import GaussianNB

import dalt
from dalt.core.records import Assignment
from dalt.labeling.session import Session
from dalt.study.certificates.finish import Finish

N = 200
MAX_ERROR = 0.2


def truth(position: int) -> str:
    return "low" if position < N // 2 else "high"


def label(session: Session, asked: Assignment, says: Callable[[int], str] = truth) -> None:
    session.submit(asked, says(asked.sample.position))


def label_some(project: dalt.Project, n: int = 24) -> None:
    with project.session(annotator="ana") as session:
        for _ in range(n):
            asked = session.next()
            assert asked is not None
            label(session, asked)


def audited(
    project: dalt.Project, says: Callable[[int], str] = truth, max_error: float = MAX_ERROR
) -> Finish:
    """Go through the audit to its end."""
    found = project.finish(max_error)
    with project.session(annotator="ana") as session:
        while found.running:
            asked = session.next()
            assert asked is not None
            label(session, asked, says)
            found = project.certificate() or found
    return found


def made(folder: Path, **settings: object) -> dalt.Project:
    head = GaussianNB()  # quicker than the default one
    it = dalt.Project.create(folder / "t.dalt", classes=["low", "high"], head=head, **settings)  # type: ignore[arg-type]
    it.add_table(pd.DataFrame({"x": range(N)}), progress=False)
    noise = np.random.default_rng(0).normal(0, 0.05, (N, 2))
    it.add_embeddings(np.repeat([[0.0, 1.0], [1.0, 0.0]], N // 2, axis=0) + noise, progress=False)
    return it


def copied(of: Path, folder: Path) -> dalt.Project:
    """Open a copy of a closed project of `made`: tests share what led there, and nothing else."""
    return dalt.Project.open(shutil.copytree(of, folder / "t.dalt"), head=GaussianNB())


def ended(project: dalt.Project) -> str:
    """Why nothing is certified any more."""
    found = project.certificate()
    assert found is not None
    assert not found.holds
    assert not found.running
    assert set(project.labels().source) <= {"human", "import"}
    assert "audit" not in set(project.samples().status)
    return found.why
