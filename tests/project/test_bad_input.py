"""Bad and odd input from raw data to suggestions: a clear outcome, and labels keep flowing."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import dalt
from dalt.core.records import EncoderFailed
from dalt.features import UnreadableSamples

PATIENCE = 60

Make = Callable[..., dalt.Project]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[dalt.Project] = []

    def create(classes: Sequence[str] = ("cat", "dog")) -> dalt.Project:
        made.append(dalt.Project.create(tmp_path / "pets.dalt", classes=classes))
        return made[-1]

    yield create
    for project in made:
        project.close()


def pictures(folder: Path, n: int, *, same: bool = False) -> Path:
    """Files that differ in their bytes; with `same` they show the very same picture."""
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (n, 12, 12), dtype=np.uint8)
    for number in range(n):
        note = PngInfo()
        note.add_text("number", str(number))
        image = Image.fromarray(pixels[0 if same else number])
        image.save(folder / f"{number:02d}.png", pnginfo=note)
    return folder


def label(project: dalt.Project, n: int, answer: Callable[[int], str]) -> list[str]:
    """Answer `n` samples through a session; returns their ids."""
    ids = []
    with project.session(annotator="ana") as session:
        for number in range(n):
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, answer(number))
            ids.append(assignment.sample.id)
    return ids


def suggestions(project: dalt.Project) -> pd.DataFrame:
    """What is suggested once every label is learned: probabilities, a row per sample."""
    project.trainer.wait(PATIENCE)
    table = project.suggest().pivot(index="sample_id", columns="label", values="probability")
    assert np.isfinite(table).all(axis=None)
    np.testing.assert_allclose(table.sum(axis=1), 1, atol=1e-4)
    return table


def turns(number: int) -> str:
    return ("cat", "dog")[number % 2]


# --- a file that cannot be read ---------------------------------------------------------------


@pytest.mark.usefixtures("brief_training")
def test_an_image_damaged_before_encoding_is_named_and_labels_flow(
    make: Make, tmp_path: Path
) -> None:
    photos = pictures(tmp_path / "photos", 12)
    project = make()
    ids = project.add_images(photos, progress=False)
    whole = (photos / "05.png").read_bytes()
    (photos / "05.png").write_bytes(whole[: len(whole) // 2])
    with pytest.warns(UnreadableSamples, match=r"1 of 12 samples .*photos/05\.png: "):
        embeddings = project.encode(progress=False)
    np.testing.assert_allclose(
        embeddings[5], np.delete(embeddings, 5, axis=0).mean(axis=0), rtol=1e-4, atol=1e-5
    )
    assert set(label(project, 12, turns)) == set(ids), "it is asked for as well"
    assert len(suggestions(project)) == 12

    trainer, learned_anew = project.trainer, threading.Event()

    def look() -> None:
        if trainer.snapshot is not None and trainer.snapshot.encoder.endswith(".1"):
            learned_anew.set()

    trainer.subscribe(look)
    (photos / "05.png").write_bytes(whole)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mended = project.encode(progress=False)
    assert learned_anew.wait(PATIENCE), "the head learns on what the sample really looks like"
    assert len(project.predict(photos / "05.png")) == 2
    assert np.abs(mended[5] - embeddings[5]).max() > 1e-3
    np.testing.assert_array_equal(np.delete(mended, 5, axis=0), np.delete(embeddings, 5, axis=0))


# --- an encoder that fails --------------------------------------------------------------------


class Broken:
    """A whole encoder of texts but for one thing, which a test replaces."""

    kind = "text"
    n_dims = 2
    fingerprint = "broken"

    def fit(self, raw: Any, *, seed: int, progress: Any = None) -> Broken:
        return self

    def transform(self, raw: Any) -> Any:
        return np.array([[len(text), 1] for text in raw], np.float32)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "encoder.json").write_text('{"type": "broken"}')


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> type[Broken]:
    class Fresh(Broken):
        pass

    Fresh.__name__ = "Broken"
    monkeypatch.setattr(
        "dalt.learning.encoders.cache.encoder_for", lambda kind, name="autoencoder": Fresh()
    )
    monkeypatch.setattr(
        "dalt.learning.encoders.cache.load_encoder", lambda folder, own=None: Fresh()
    )
    return Fresh


def raises(*arguments: Any, **keywords: Any) -> Any:
    raise RuntimeError("CUDA is out of memory\nat 0x7f")


def gives_nan(self: Any, raw: Any) -> Any:
    return np.full((len(raw), 2), np.nan)


def gives_infinity(self: Any, raw: Any) -> Any:
    return np.full((len(raw), 2), 1e300)


def gives_other_width(self: Any, raw: Any) -> Any:
    return np.zeros((len(raw), 3))


def gives_text(self: Any, raw: Any) -> Any:
    return [["two", "words"]] * len(raw)


FAILURES = {
    "fit raises": ("fit", raises, r"while it learned \(RuntimeError: CUDA is out of memory\)"),
    "transform raises": (
        "transform", raises, r"on \d+ of 8 samples \(first: 0: RuntimeError: CUDA is out of memory",
    ),
    "NaN": ("transform", gives_nan, r"on \d+ of 8 samples \(first: 0: its embedding is not fin"),
    "infinite": ("transform", gives_infinity, r"its embedding is not finite"),
    "width": ("transform", gives_other_width, r"of shape \(8, 2\): it gave \(8, 3\)"),
    "no numbers": ("transform", gives_text, r"to give numbers"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILURES)
def test_an_encoder_that_fails_is_named_and_labels_flow(
    make: Make, broken: type[Broken], case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    method, failing, said = FAILURES[case]
    project = make()
    project.add_texts([f"text {i}" for i in range(8)], progress=False)
    with monkeypatch.context() as patched:
        patched.setattr(broken, method, failing)
        with pytest.raises(EncoderFailed, match=f"The encoder Broken failed .*{said}") as failure:
            project.encode(progress=False)
    assert "\n" not in str(failure.value) and "encode again" in str(failure.value)
    assert len(label(project, 4, turns)) == 4 == len(project.labels())
    assert project.suggest().empty
    project.encode(progress=False)  # the cause is gone
    assert len(suggestions(project)) == 8


@pytest.mark.parametrize("case", FAILURES)
def test_an_encoder_that_fails_in_retraining_leaves_the_former_embeddings(
    make: Make, broken: type[Broken], case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    method, failing, _ = FAILURES[case]
    project = make()
    project.add_texts([f"text {'x' * i}" for i in range(8)], progress=False)
    former = np.array(project.encode(progress=False))
    label(project, 4, turns)
    before = suggestions(project)
    with monkeypatch.context() as patched:
        patched.setattr(broken, "fingerprint", "newer")
        patched.setattr(broken, method, failing)
        for _ in range(2):  # it is not kept as the one to go on with
            with pytest.raises(EncoderFailed):
                project.encode(retrain=True, progress=False)
    assert project.status()["encoder"] == "broken" and project.status()["encoded"] == 8
    pd.testing.assert_frame_equal(suggestions(project), before)
    label(project, 1, turns)
    assert len(suggestions(project)) == 8
    np.testing.assert_array_equal(project.encode(progress=False), former)


@pytest.mark.parametrize("how", ["raises", "gives NaN"])
def test_a_single_sample_that_an_encoder_refuses_is_put_aside(
    make: Make, broken: type[Broken], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Broken.transform

    def transform(self: Any, raw: Any) -> Any:
        embeddings = whole(self, raw)
        if "odd" in raw:
            if how == "raises":
                raise ValueError("cannot be parsed")
            embeddings[list(raw).index("odd")] = np.nan
        return embeddings

    project = make()
    project.add_texts(["a", "bb", "odd", "cccc"], progress=False)
    with monkeypatch.context() as patched:
        patched.setattr(broken, "transform", transform)
        with pytest.warns(UnreadableSamples, match=r"1 of 4 samples .*\(2: "):
            embeddings = project.encode(progress=False)
    assert embeddings[:, 0].tolist() == pytest.approx([1, 2, 7 / 3, 4])
    assert project.encode(progress=False)[2, 0] == 3, "tried again, and embedded"


def test_what_the_progress_raises_is_not_blamed_on_the_encoder(make: Make) -> None:
    class Enough(Exception):
        pass

    def stop(what: str, done: int, total: int) -> None:
        raise Enough

    project = make()
    project.add_texts(["a", "b"], progress=False)
    with pytest.raises(Enough):
        project.encode(progress=stop)


# --- tables -----------------------------------------------------------------------------------


def test_columns_with_holes_are_learned_from(make: Make) -> None:
    truth = [turns(i) for i in range(40)]
    size = np.array([5.0 if t == "cat" else -5.0 for t in truth]) + np.arange(40) / 100
    size[::5] = np.nan
    frame = pd.DataFrame(
        {
            "size": size,
            "gone": np.nan,
            "none": None,
            "constant": 3.0,
            "colour": ["red" if t == "cat" else None for t in truth],
        }
    )
    project = make()
    added = project.add_table(frame, progress=False)
    answers = dict(zip(added, truth, strict=True))
    assert np.isfinite(project.encode(progress=False)).all()
    with project.session(annotator="ana") as session:
        for _ in range(10):
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, answers[assignment.sample.id])
    top = suggestions(project).idxmax(axis=1)
    assert np.mean([answers[sample_id] == top[sample_id] for sample_id in top.index]) > 0.9


def test_infinite_cells_and_empty_rows_are_left_out_by_row(make: Make) -> None:
    project = make()
    frame = pd.DataFrame({"size": [1.0, np.inf, 2.0, np.nan], "n": [1, 2, 3, np.nan]})
    added = project.add_table(frame, progress=False)
    assert [rejection.source for rejection in added.rejected] == ["1", "3"]
    assert "infinite" in added.rejected[0].reason
    assert np.isfinite(project.encode(progress=False)).all()


def test_a_column_that_is_missing_in_all_later_rows_does_not_poison_them(make: Make) -> None:
    project = make()
    project.add_table(pd.DataFrame({"size": range(20), "weight": range(20)}), progress=False)
    project.encode(progress=False)
    project.add_table(pd.DataFrame({"size": [3, 4], "other": ["x", "y"]}), progress=False)
    project.add_table(pd.DataFrame({"size": ["huge", "tiny"]}), progress=False)
    embeddings = project.encode(progress=False)
    assert len(embeddings) == 24 and np.isfinite(embeddings).all()


# --- a pool that tells nothing ----------------------------------------------------------------


@pytest.mark.usefixtures("brief_training")
def test_the_same_picture_in_every_file(make: Make, tmp_path: Path) -> None:
    project = make()
    ids = project.add_images(pictures(tmp_path / "photos", 12, same=True), progress=False)
    assert len(set(ids)) == 12
    embeddings = project.encode(progress=False)
    np.testing.assert_allclose(embeddings, np.tile(embeddings[:1], (12, 1)), atol=1e-4)
    label(project, 6, turns)
    assert len(suggestions(project)) == 12


@pytest.mark.parametrize(
    "texts",
    [
        [f"the same{' ' * i} text" for i in range(12)],
        ["!" * (i + 1) for i in range(12)],
        [f"{chr(0x1F600 + i)}" for i in range(12)],
    ],
    ids=["same words", "no words", "emoji"],
)
def test_texts_without_a_difference(make: Make, texts: list[str]) -> None:
    project = make()
    assert len(set(project.add_texts(texts, progress=False))) == 12
    assert np.isfinite(project.encode(progress=False)).all()
    label(project, 6, turns)
    assert len(suggestions(project)) == 12


def test_blank_texts_are_left_out_by_row(make: Make) -> None:
    project = make()
    texts = ["good", "", " \n\t", "\u00a0\u3000", "bad"]
    added = project.add_texts(texts, progress=False)
    assert [rejection.source for rejection in added.rejected] == ["1", "2", "3"]
    assert len(added.ids) == 2 and np.isfinite(project.encode(progress=False)).all()


def one_image(project: dalt.Project, folder: Path) -> None:
    project.add_images(pictures(folder / "photos", 1), progress=False)


def one_text(project: dalt.Project, folder: Path) -> None:
    project.add_texts(["a single text"], progress=False)


def one_row(project: dalt.Project, folder: Path) -> None:
    project.add_table(pd.DataFrame({"size": [3.0], "colour": ["red"]}), progress=False)


@pytest.mark.usefixtures("brief_training")
@pytest.mark.parametrize("add", [one_image])
def test_a_pool_of_one_image(make: Make, tmp_path: Path, add: Any) -> None:
    check_pool_of_one(make(), tmp_path, add)


@pytest.mark.parametrize("add", [one_text, one_row])
def test_a_pool_of_one_sample(make: Make, tmp_path: Path, add: Any) -> None:
    check_pool_of_one(make(), tmp_path, add)


def check_pool_of_one(project: dalt.Project, folder: Path, add: Any) -> None:
    add(project, folder)
    assert np.isfinite(project.encode(progress=False)).all()
    label(project, 1, turns)
    assert suggestions(project).idxmax(axis=1).astype(str).tolist() == ["cat"]
    with project.session(annotator="ana") as session:
        assert session.next() is None and session.done


# --- classes ------------------------------------------------------------------------------------


@pytest.fixture
def embedded(make: Make, request: pytest.FixtureRequest) -> dalt.Project:
    """Two groups of rows, in a project with the classes of the parameter."""
    project = make(request.param)
    size = [(-5.0 if i % 2 else 5.0) + i / 100 for i in range(30)]
    project.add_table(pd.DataFrame({"size": size, "n": range(30)}), progress=False)
    project.encode(progress=False)
    return project


@pytest.mark.parametrize("embedded", [("cat", "dog", "fox")], indirect=True)
def test_a_class_without_a_label_is_never_impossible(embedded: dalt.Project) -> None:
    label(embedded, 10, turns)
    table = suggestions(embedded)
    assert set(table.idxmax(axis=1)) <= {"cat", "dog"}
    assert (table["fox"] > 0).all() and (table["fox"] < 0.5).all()


@pytest.mark.parametrize("embedded", [("cat", "dog")], indirect=True)
def test_labels_of_one_class_only_suggest_it_without_certainty(embedded: dalt.Project) -> None:
    label(embedded, 6, lambda _: "dog")
    table = suggestions(embedded)
    assert set(table.idxmax(axis=1).astype(str)) == {"dog"}
    assert (table["cat"] > 0).all()
    label(embedded, 1, lambda _: "cat")
    assert len(suggestions(embedded)) == 30


@pytest.mark.parametrize("embedded", [("cat",)], indirect=True)
def test_a_project_with_one_class(embedded: dalt.Project) -> None:
    label(embedded, 3, lambda _: "cat")
    np.testing.assert_allclose(suggestions(embedded)["cat"], 1, atol=1e-5)
    label(embedded, 27, lambda _: "cat")
    assert len(embedded.labels()) == 30 == embedded.status()["labelled"]
