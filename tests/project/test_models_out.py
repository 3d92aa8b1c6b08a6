"""The final model out of a project: ``export_model``, ``estimator``, ``model_card``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from assignments import answer_in_order
from PIL import Image
from skops.io import get_untrusted_types

import dalt
from dalt.learning.export.estimators import TRUSTED
from dalt.learning.export.model import OnnxPredictor
from dalt.model import load_estimator

CLASSES = ["low", "high"]


def learned(project: dalt.Project) -> dalt.Project:
    """The same project, which has learned its first samples."""
    n = len(project.samples())
    answer_in_order(project, [CLASSES[i % 2] for i in range(n // 2)])
    project.trainer.wait()
    return project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    """Rows whose embeddings were given."""
    with dalt.Project.create(tmp_path / "t.dalt", classes=CLASSES, guideline="Which?") as made:
        made.add_table(pd.DataFrame({"x": range(24)}), progress=False)
        rows = np.arange(24) % 2 + np.random.default_rng(0).normal(0, 0.2, size=(3, 24))
        made.add_embeddings(rows.T.astype(np.float32), progress=False)
        yield learned(made)


def by_predict(project: dalt.Project, new: object) -> np.ndarray:
    """Probabilities in the order of the classes."""
    frame = project.predict(new, progress=False)
    n = len(CLASSES)
    rows = [frame.iloc[i : i + n].set_index("label") for i in range(0, len(frame), n)]
    return np.array([[row.loc[name, "probability"] for name in CLASSES] for row in rows])


@pytest.mark.usefixtures("brief_training")
@pytest.mark.parametrize("kind", ["image", "text", "table"])
def test_a_file_answers_as_predict(kind: str, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    new: Any
    raw: Any
    with dalt.Project.create(tmp_path / "t.dalt", classes=CLASSES) as project:
        if kind == "image":
            data = draw.integers(0, 256, (30, 20, 28, 3), dtype=np.uint8)
            data[::2] //= 3
            project.add_images(data, progress=False)
            new = raw = draw.integers(0, 256, (4, 300, 280, 3), dtype=np.uint8)
        elif kind == "text":
            texts = [f"{'calm' if i % 2 else 'loud'} place {i}" for i in range(30)]
            project.add_texts(texts, progress=False)
            new = raw = ["A calm PLACE", "loud, loud", "neither"]
        else:
            frame = pd.DataFrame(
                {"x": np.arange(30) % 2 + draw.normal(size=30) / 9, "y": range(30)}
            )
            project.add_table(frame, progress=False)
            new = pd.DataFrame({"x": [0.1, 0.9, None], "y": [3, 4, 100]})
            raw = [{"x": 0.1, "y": 3}, {"x": 0.9, "y": 4}, {"x": None, "y": 100}]
        project.encode(progress=False)
        learned(project)
        expected = by_predict(project, new)
        written = project.export_model(tmp_path / "t.onnx", progress=False)
        found = OnnxPredictor((tmp_path / "t.onnx").read_bytes()).predict(raw)
        np.testing.assert_allclose(found, expected, atol=1e-4)
        project.export_model(tmp_path / "t.skops", progress=False)
        assert set(get_untrusted_types(file=tmp_path / "t.skops")) == set(TRUSTED)
        read = load_estimator(tmp_path / "t.skops")
        np.testing.assert_array_equal(read.predict_proba(new), expected.astype(np.float32))
        assert read.classes_.tolist() == CLASSES
    assert written.n_checked == 12 and written.difference < 1e-5
    content = (tmp_path / "t.onnx").read_bytes()
    assert (written.sha256, written.n_bytes) == (hashlib.sha256(content).hexdigest(), len(content))


def test_where_embeddings_were_given_the_model_reads_embeddings(
    project: dalt.Project, tmp_path: Path
) -> None:
    project.export_model(tmp_path / "t.onnx", progress=False)
    rows = np.zeros((2, 3), np.float32)
    found = OnnxPredictor((tmp_path / "t.onnx").read_bytes()).predict(list(rows))
    np.testing.assert_allclose(found, project.estimator().predict_proba(rows), atol=1e-5)
    assert project.estimator().predict([[0, 0, 0], [1, 1, 1]]).tolist() == CLASSES


def test_a_model_replaces_only_a_model(project: dalt.Project, tmp_path: Path) -> None:
    for name in ("t.onnx", "t.skops"):
        path = tmp_path / name
        path.write_text("not mine")
        with pytest.raises(dalt.BadInput, match="is there already and is not a model that DALT"):
            project.export_model(path, progress=False)
        assert path.read_text() == "not mine"
        path.unlink()
        first = project.export_model(path, progress=False)
        again = project.export_model(path, progress=False)
        assert first.snapshot == again.snapshot
    assert sorted(each.name for each in tmp_path.iterdir()) == ["t.dalt", "t.onnx", "t.skops"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("model.bin", "has no ending of a model: .onnx for ONNX Runtime, .skops for scikit-learn"),
        ("t.dalt/model.onnx", "lies in the project t.dalt"),
        ("gone/model.onnx", "There is no folder"),
    ],
)
def test_where_no_model_is_written(
    project: dalt.Project, tmp_path: Path, name: str, says: str
) -> None:
    with pytest.raises(dalt.BadInput, match=says):
        project.export_model(tmp_path / name, progress=False)


def test_before_there_is_a_model(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=CLASSES) as project:
        for ask in (project.estimator, project.model_card, lambda: project.export_model("t.onnx")):
            with pytest.raises(dalt.NotEncoded, match=r"project\.encode\(\)"):
                ask()
        project.add_table(pd.DataFrame({"x": range(8)}), progress=False)
        project.add_embeddings(np.eye(8, dtype=np.float32), progress=False)
        with pytest.raises(dalt.NothingLearned, match="label some samples"):
            project.estimator()


def test_where_only_sources_suggest_there_is_no_model(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=CLASSES) as project:
        ids = project.add_table(pd.DataFrame({"x": range(8)}), progress=False).ids
        project.add_embeddings(np.eye(8, dtype=np.float32), progress=False)
        said = pd.DataFrame({"sample_id": list(ids), "label": CLASSES * 4})
        project.add_suggestions(said, source="theirs")
        project.trainer.wait(60)
        assert project.trainer.snapshot is not None
        for ask in (
            project.estimator,
            project.model_card,
            lambda: project.export_model(tmp_path / "t.onnx", progress=False),
            lambda: project.export_model(tmp_path / "t.skops", progress=False),
        ):
            with pytest.raises(dalt.NothingLearned, match="only sources of suggestions so far"):
                ask()
    assert [each.name for each in tmp_path.iterdir()] == ["t.dalt"]


@pytest.mark.usefixtures("brief_training")
def test_a_model_is_compared_on_the_samples_that_are_left(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    draw = np.random.default_rng(0)
    for number in range(30):
        pixels = draw.integers(0, 256, (9, 9), dtype=np.uint8)
        Image.fromarray(pixels).save(photos / f"{number:02}.png")
    with dalt.Project.create(tmp_path / "t.dalt", classes=CLASSES) as project:
        project.add_images(photos, progress=False)
        project.encode("autoencoder", progress=False)
        learned(project)
        for path in sorted(photos.iterdir())[:-1]:
            path.unlink()
        assert project.export_model(tmp_path / "t.onnx", progress=False).n_checked == 1
        (photos / "29.png").unlink()
        for name in ("t.onnx", "t.skops"):
            with pytest.raises(dalt.BadInput, match="of 30 samples none can be read: bring"):
                project.export_model(tmp_path / name, progress=False)
    assert sorted(each.name for each in tmp_path.glob("t.*")) == ["t.dalt", "t.onnx"]


def test_an_export_that_would_answer_otherwise_leaves_what_was_there(
    project: dalt.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.onnx"
    project.export_model(path, progress=False)
    former = path.read_bytes()
    # As if an operator computed something else: no difference is small enough.
    monkeypatch.setattr("dalt.learning.export.model.TOLERANCE", -1.0)
    with pytest.raises(dalt.BadInput, match="would not answer as the project does"):
        project.export_model(path, progress=False)
    assert path.read_bytes() == former
    assert sorted(each.name for each in tmp_path.iterdir()) == ["t.dalt", "t.onnx"]


# --- the card of the model --------------------------------------------------------------------


def test_a_model_card_says_what_it_learned_and_how_good_it_is(project: dalt.Project) -> None:
    card = project.model_card()
    facts = card.facts
    assert (facts.n_labels, facts.n_samples, facts.n_annotators) == (12, 24, 1)
    assert [(each.spec.name, each.n_labels) for each in facts.classes] == [("low", 6), ("high", 6)]
    assert facts.accuracy is None, "nobody saw a suggestion yet"
    said = card.markdown
    assert said.startswith('---\nmodel_name: "t"\nlibrary_name: dalt\ndalt_model_card:\n')
    for part in (
        "# Model card: t",
        "> Which?",
        "12 labels by 1 annotator, out of 24 samples",
        "Unknown: no sample was drawn uniformly",
        "Fewer than ten labels each: low, high.",
        f"SHA-256 of the snapshot `{facts.snapshot_sha256}`",
        f"DALT {dalt.__version__}",
    ):
        assert part in said
    assert "ana" not in said.replace("annotator", "")


def test_the_accuracy_is_of_uniform_draws_with_its_interval(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=CLASSES, uniform_share=1.0) as project:
        project.add_table(pd.DataFrame({"x": range(40)}), progress=False)
        rows = np.stack([np.arange(40) % 2, np.zeros(40)], axis=1)
        project.add_embeddings(rows.astype(np.float32), progress=False)
        with project.session("ana") as session:
            while (asked := session.next()) is not None:
                session.submit(asked, CLASSES[asked.sample.position % 2])
                project.trainer.wait()
        facts = project.model_card().facts
        status = project.status()["accuracy"]
    assert facts.accuracy is not None and facts.accuracy.n > 20
    assert (facts.accuracy.value, facts.accuracy.low) == (status["value"], status["low"])
    of_each = [each.accuracy for each in facts.classes]
    assert sum(each.n for each in of_each if each is not None) == facts.accuracy.n


def test_a_card_replaces_only_a_card(project: dalt.Project, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# Mine")
    with pytest.raises(dalt.BadInput, match="is there already and is no model card"):
        project.model_card(path)
    assert path.read_text() == "# Mine"
    path.unlink()
    card = project.model_card(path)
    assert path.read_text("utf-8") == card.markdown
    assert project.model_card(path).save(path) == path
    with pytest.raises(dalt.BadInput, match="lies in the project"):
        project.model_card(tmp_path / "t.dalt" / "README.md")
    with pytest.raises(dalt.BadInput, match="is a folder"):
        project.model_card(tmp_path)
