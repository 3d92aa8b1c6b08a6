"""Made the projects beside it, by DALT 0.1.0 before its modules moved to their present folders.

    python make.py FOLDER

Only the public contract is used, so that it can be run by any version.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import dalt


def frame(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    even = np.arange(n) % 2 == 0
    size = np.where(even, 1.0, 4.0) + rng.normal(0, 0.4, n)
    return pd.DataFrame({"size": size.round(3), "colour": np.where(even, "red", "blue")})


def assigned(session: Any) -> Any:
    """Assign the next sample, by whatever version runs this."""
    assignment = session.next()
    assert assignment is not None, "no sample is left"
    return assignment


def tables(folder: Path) -> None:
    path = folder / "tables.dalt"
    with dalt.Project.create(
        path, classes=["small", "large"], seed=0, strategy="margin"
    ) as project:
        project.add_table(frame(), progress=False)
        project.encode(progress=False)
        with project.session(annotator="ana") as session:
            for _ in range(24):
                assignment = assigned(session)
                even = assignment.sample.position % 2 == 0
                session.submit(assignment, "small" if even else "large")
            session.skip(assigned(session))
            session.submit(assigned(session), "small")
            session.undo()
            session.note(assignment.sample.id, comment="a comment")
        project.trainer.wait()
        project.tune(budget=5)
        project.trainer.wait()


def texts(folder: Path) -> None:
    path = folder / "texts.dalt"
    words = [f"a {'cat' if i % 2 else 'dog'} number {i}" for i in range(30)]
    points = np.random.default_rng(0).normal(np.arange(30)[:, None] % 2, 0.2, (30, 8))
    with dalt.Project.create(path, classes=["dog", "cat"], seed=0, multi_label=True) as project:
        project.add_texts(words, progress=False)
        project.add_embeddings(points.astype(np.float32), progress=False)
        with project.session(annotator="ben") as session:
            for _ in range(8):
                assignment = assigned(session)
                session.submit(assignment, ["cat" if assignment.sample.position % 2 else "dog"])
        project.trainer.wait()
        project.rename_class("cat", "kitten")


if __name__ == "__main__":
    for make in (tables, texts):
        make(Path(sys.argv[1]))
