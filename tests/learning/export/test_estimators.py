"""The model as scikit-learn estimators: their contract, and files of skops."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from onnx_answers import CLASSES, snapshot_on
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator
from skops.io import dump
from torch import nn

from dalt.core.records import BadInput
from dalt.learning.encoders.dense import TableEncoder
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.module import TorchEncoder
from dalt.learning.encoders.side_by_side import SideBySide
from dalt.learning.encoders.text import TextEncoder
from dalt.learning.encoders.training import Schedule
from dalt.learning.export.estimators import (
    BlendClassifier,
    RawEncoder,
    estimator_of,
    save_estimator,
)
from dalt.learning.export.model import About, onnx_model
from dalt.model import load_estimator

BRIEF = Schedule(most=2)
TEXTS = [f"{'warm sunny' if i % 2 else 'cold rainy'} day number {i}" for i in range(30)]
ANSWERS = np.array(["fair" if i % 2 else "foul" for i in range(30)])


@pytest.fixture(scope="module")
def of_texts() -> Pipeline:
    encoder = TextEncoder(schedule=BRIEF).fit(TEXTS, seed=0)
    snapshot = snapshot_on(encoder.transform(TEXTS), encoder=encoder.fingerprint)
    return estimator_of(encoder, snapshot)


CHECKS = [
    (check.func.__name__, estimator, check)
    for estimator, check in estimator_checks_generator(BlendClassifier())
]


@pytest.mark.parametrize(("name", "estimator", "check"), CHECKS, ids=[each[0] for each in CHECKS])
@pytest.mark.filterwarnings("ignore")
def test_the_classifier_keeps_the_contract_of_scikit_learn(
    name: str, estimator: BlendClassifier, check: object
) -> None:
    assert callable(check), name
    check(estimator)


def test_the_classifier_takes_several_classes() -> None:
    draw = np.random.default_rng(0)
    rows = np.asarray(draw.normal(size=(60, 4)), np.float32)
    answers = np.stack([rows[:, 0] > 0, rows[:, 1] > 0], axis=1).astype(int)
    model = BlendClassifier().fit(rows, answers)
    assert (model.predict(rows) == answers).mean() > 0.9
    assert model.predict_proba(rows).shape == (60, 2) and model.classes_.tolist() == [0, 1]


def test_an_estimator_answers_as_the_snapshot(of_texts: Pipeline) -> None:
    encoder = TextEncoder(schedule=BRIEF).fit(TEXTS, seed=0)
    expected = snapshot_on(encoder.transform(TEXTS)).predict(encoder.transform(TEXTS[:9]))
    np.testing.assert_array_equal(of_texts.predict_proba(TEXTS[:9]), expected)
    assert of_texts.classes_.tolist() == list(CLASSES)
    column = pd.DataFrame({"said": TEXTS[:9]})
    for same in (np.array(TEXTS[:9]), pd.Series(TEXTS[:9]), column):
        np.testing.assert_array_equal(of_texts.predict_proba(same), expected)


def test_an_estimator_learns_anew_on_the_same_encoder(of_texts: Pipeline) -> None:
    model = clone(of_texts)
    with pytest.raises(NotFittedError):
        model.predict(TEXTS)
    assert model.fit(TEXTS, ANSWERS).score(TEXTS, ANSWERS) == 1
    assert cross_val_score(of_texts, np.array(TEXTS), ANSWERS, cv=3).mean() > 0.8
    assert of_texts.classes_.tolist() == list(CLASSES), "the given one stays as it was"


def test_pictures_of_many_sizes_and_their_files(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    pictures = [np.asarray(draw.integers(0, 256, (9 + i, 12, 3)), np.uint8) for i in range(20)]
    encoder = ImageEncoder(schedule=BRIEF).fit(pictures, seed=0)
    model = estimator_of(encoder, snapshot_on(encoder.transform(pictures)))
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for path, picture in zip(paths, pictures, strict=False):
        Image.fromarray(picture).save(path)
    np.testing.assert_array_equal(model.predict_proba(paths), model.predict_proba(pictures[:3]))
    with pytest.raises(BadInput, match=r"cannot be predicted: .*no such file"):
        model.predict([tmp_path / "gone.png"])


def test_rows_as_frames_and_dicts() -> None:
    rows = [{"size": i % 5, "pet": "cat" if i % 2 else "dog"} for i in range(30)]
    encoder = TableEncoder(schedule=BRIEF).fit(rows, seed=0)
    model = estimator_of(encoder, snapshot_on(encoder.transform(rows)))
    np.testing.assert_array_equal(
        model.predict_proba(rows[:4]), model.predict_proba(pd.DataFrame(rows[:4]))
    )


READING = """
import sys, numpy as np
from dalt.model import load_estimator
model = load_estimator(sys.argv[1])
print(model.predict_proba(["warm day", "cold day"]).tolist(), model.classes_.tolist())
"""


def test_a_file_of_skops_is_read_in_another_process(of_texts: Pipeline, tmp_path: Path) -> None:
    of_texts.predict(TEXTS[:1])  # what it holds in memory meanwhile is not written
    save_estimator(of_texts, tmp_path / "model.skops")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READING, str(tmp_path / "model.skops")],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    expected = of_texts.predict_proba(["warm day", "cold day"]).tolist()
    assert done.stdout.strip() == f"{expected} {list(CLASSES)}"


def test_files_that_are_no_estimator_of_dalt_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.skops").write_text("nothing")
    with pytest.raises(BadInput, match="is not an estimator that DALT has written"):
        load_estimator(tmp_path / "text.skops")
    with pytest.raises(BadInput, match="There is no file"):
        load_estimator(tmp_path / "gone.skops")
    # A type that DALT does not trust, in a file that is sound otherwise.
    dump(Pipeline([("own", Untrusted())]), tmp_path / "other.skops")
    with pytest.raises(BadInput, match="is not an estimator that DALT has written"):
        load_estimator(tmp_path / "other.skops")
    # Of types that skops trusts by itself, and somebody else's.
    for other in (LogisticRegression().fit([[0], [1]], [0, 1]), {"a": 1}, Pipeline([])):
        dump(other, tmp_path / "theirs.skops")
        with pytest.raises(BadInput, match=r"has written, but a file of skops with"):
            load_estimator(tmp_path / "theirs.skops")
    with pytest.raises(BadInput, match=r"load_estimator\(\): path is a path, not None"):
        load_estimator(None)  # type: ignore[arg-type]


class Untrusted(RawEncoder):
    def __init__(self) -> None:
        pass


def test_an_encoder_that_needs_code_of_the_user_is_refused() -> None:
    torch.manual_seed(0)
    pictures = np.random.default_rng(0).integers(0, 256, (12, 8, 8), dtype=np.uint8)
    encoder = TorchEncoder(nn.Conv2d(1, 4, 3), size=16, channels=1).fit(list(pictures), seed=0)
    snapshot = snapshot_on(encoder.transform(list(pictures)))
    with pytest.raises(BadInput, match=r"needs code of your own .*\.onnx file"):
        estimator_of(encoder, snapshot)


def test_two_encoders_side_by_side_are_refused_by_what_the_project_does() -> None:
    rows = [{"x": float(i), "y": float(i % 3)} for i in range(30)]
    one = TableEncoder(schedule=Schedule(most=2)).fit(rows, seed=0)
    both = SideBySide((one, one), (1.0, 1.0))
    snapshot = snapshot_on(both.transform(rows))
    with pytest.raises(BadInput, match=r"two encoders side by side.*name one"):
        estimator_of(both, snapshot)
    with pytest.raises(BadInput, match=r"two encoders side by side.*name one"):
        onnx_model(both, snapshot, About("pets"))
