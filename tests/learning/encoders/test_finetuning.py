"""Fine-tuning: what it changes, what it leaves alone, and what it is good for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

import dalt
from dalt.core.records import BadInput, Floats, LabelSet, NotEncoded, Suggestion
from dalt.learning.encoders.dense import TableEncoder
from dalt.learning.encoders.finetuning import Tuning, fine_tuned, known_classes
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.training import Schedule

SHORT = Schedule(least=3, most=3, batch=32)
TUNING = Tuning(schedule=SHORT)


def digits(n: int) -> list[NDArray[np.uint8]]:
    return [(image * 15).astype(np.uint8) for image in load_digits().images[:n]]


def labels_of(positions: list[int]) -> LabelSet:
    truth = load_digits().target[positions]
    return LabelSet(np.array(positions), np.eye(10, dtype=np.float32)[truth], cursor=1)


def unsure(n: int) -> Floats:
    return np.full((n, 10), 0.1, np.float32)


@pytest.fixture(scope="module")
def images() -> list[NDArray[np.uint8]]:
    return digits(60)


@pytest.fixture(scope="module")
def encoder(images: list[NDArray[np.uint8]]) -> ImageEncoder:
    return ImageEncoder(schedule=SHORT).fit(images, seed=0)


def tuned(encoder: ImageEncoder, images: list[Any], **changes: Any) -> ImageEncoder:
    asked: dict[str, Any] = {
        "labels": labels_of([1, 5, 7]), "probabilities": unsure(len(images)), "seed": 0,
        "tuning": TUNING,
    }  # fmt: skip
    return fine_tuned(encoder, images, **(asked | changes))


def test_a_new_encoder_is_made_and_the_former_stays(
    encoder: ImageEncoder, images: list[Any]
) -> None:
    before, embeddings = encoder.fingerprint, encoder.transform(images)
    other = tuned(encoder, images)
    assert other.fingerprint != before
    assert not np.allclose(other.transform(images), embeddings, atol=1e-4)
    assert encoder.fingerprint == before
    assert np.array_equal(encoder.transform(images), embeddings)


def test_same_arguments_give_the_same_encoder(encoder: ImageEncoder, images: list[Any]) -> None:
    first = tuned(encoder, images).fingerprint
    assert tuned(encoder, images).fingerprint == first
    assert tuned(encoder, images, seed=1).fingerprint != first


def test_labels_decide(encoder: ImageEncoder, images: list[Any]) -> None:
    one = labels_of([1, 5, 7])
    other = LabelSet(one.positions, one.targets[[0, 0, 0]], one.cursor)
    same = tuned(encoder, images, labels=one).fingerprint
    assert tuned(encoder, images, labels=other).fingerprint != same


def test_a_pool_that_has_its_mean_at_zero_keeps_it(
    encoder: ImageEncoder, images: list[Any]
) -> None:
    means = tuned(encoder, images).transform(images).mean(axis=0)
    assert np.allclose(means, 0, atol=1e-3)


def test_interruption_changes_nothing(encoder: ImageEncoder, images: list[Any]) -> None:
    def interrupt(what: str, done: int, total: int) -> None:
        if what == "Fine-tuning the encoder" and done == 2:
            raise KeyboardInterrupt

    before = encoder.fingerprint
    with pytest.raises(KeyboardInterrupt):
        tuned(encoder, images, progress=interrupt)
    assert encoder.fingerprint == before


def test_unreadable_samples_are_left_out(encoder: ImageEncoder, images: list[Any]) -> None:
    class Damaged(list[Any]):
        def __getitem__(self, position: Any) -> Any:
            if position in (5, 9):  # one of them labelled
                raise OSError("truncated")
            return super().__getitem__(position)

    assert np.isfinite(tuned(encoder, Damaged(images)).transform(images)).all()


def test_without_labels_there_is_nothing_to_do(encoder: ImageEncoder, images: list[Any]) -> None:
    none = LabelSet(np.zeros(0, np.int64), np.zeros((0, 10), np.float32), cursor=0)
    with pytest.raises(BadInput, match="no labels"):
        tuned(encoder, images, labels=none)


def test_probabilities_of_another_pool_are_refused(
    encoder: ImageEncoder, images: list[Any]
) -> None:
    with pytest.raises(BadInput, match=r"A pool of 60 samples and 10 classes .* \(59, 10\)"):
        tuned(encoder, images, probabilities=unsure(59))


def test_encoder_that_has_not_learned_says_so(images: list[Any]) -> None:
    with pytest.raises(NotEncoded):
        tuned(ImageEncoder(), images)


def test_classes_come_from_labels_first_then_from_a_confident_head() -> None:
    said = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.5, 0.5]], np.float32)
    label = LabelSet(np.array([0, 3]), np.array([[0, 1], [1, 0]], np.float32), cursor=2)
    classes, labelled = known_classes(label, said, confident=0.8)
    assert classes.tolist() == [1, 1, -1, 0]
    assert labelled.tolist() == [True, False, False, True]


def test_samples_of_one_class_come_closer_than_the_others(
    encoder: ImageEncoder, images: list[Any]
) -> None:
    truth = load_digits().target[:60]
    longer = Tuning(Schedule(least=30, most=30, batch=32, rate=1e-3, patience=30))
    other = tuned(encoder, images, labels=labels_of(list(range(60))), tuning=longer)

    def apart(embeddings: Floats) -> float:
        """How much more alike two samples of one class are than two of different ones."""
        unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
        cosines, same = unit @ unit.T, truth[:, None] == truth
        return float(cosines[same & ~np.eye(60, dtype=bool)].mean() - cosines[~same].mean())

    assert apart(other.transform(images)) > apart(encoder.transform(images)) + 0.1


@pytest.mark.usefixtures("brief_training")
@pytest.mark.slow
def test_a_project_is_fine_tuned_with_its_labels(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "p.dalt", classes=list("0123456789")) as project:
        ids = project.add_images(np.stack(digits(60)), progress=False)
        with pytest.raises(dalt.NotEncoded):
            project.fine_tune(progress=False)
        former = project.encode(progress=False)
        with pytest.raises(dalt.NothingLearned, match="label some samples"):
            project.fine_tune(progress=False)
        truth = dict(zip(ids, map(str, load_digits().target[:60]), strict=True))
        with project.session(annotator="ana") as session:
            for _ in range(30):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, truth[assignment.sample.id])
        project.trainer.wait(60)
        # Neither has been learned from: a class and a label that came after the embeddings.
        project.add_class("no digit")
        (blank,) = project.add_images(np.zeros((1, 8, 8), np.uint8), progress=False).ids
        project.session(annotator="bo").answer(
            blank, "no digit", key="blank", suggestion=Suggestion()
        )
        tuned = project.fine_tune(progress=False)[: len(former)]
        assert np.abs(tuned - former).max() > 1e-3
        project.trainer.wait(60)
    with dalt.Project.open(tmp_path / "p.dalt") as again:
        new = again.predict(np.stack(digits(65)[60:]))
        assert len(new) == 5 * len(again.classes)
        np.testing.assert_array_equal(again.encode(progress=False)[:60], tuned)


def test_other_encoders_are_not_fine_tuned() -> None:
    table = TableEncoder()
    with pytest.raises(BadInput, match="not TableEncoder"):
        fine_tuned(table, [], labels_of([0]), unsure(0), seed=0)
