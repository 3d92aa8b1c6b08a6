"""ONNX files answer as the project does: every encoder and every head that can be written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx_answers import CLASSES, both_answers, snapshot_of, snapshot_on
from onnx_file import convolution_model
from PIL import Image
from torch import nn

from dalt.core.records import BadInput
from dalt.data.readers.images import shrunk
from dalt.learning.encoders.audio import AudioEncoder
from dalt.learning.encoders.autoencoder import Size
from dalt.learning.encoders.dense import TableEncoder
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.image_frames import Frame
from dalt.learning.encoders.installed import is_installed
from dalt.learning.encoders.module import TorchEncoder
from dalt.learning.encoders.onnx import OnnxEncoder
from dalt.learning.encoders.registry import NAMED, encoder_for
from dalt.learning.encoders.text import TextEncoder
from dalt.learning.encoders.training import Schedule
from dalt.learning.export.graph import FLOAT, Graph
from dalt.learning.export.model import About, OnnxPredictor, check_same, onnx_model
from dalt.learning.export.pictures import add_frame, add_picture_input
from dalt.learning.heads.predictors import ACTIVATIONS, predict

BRIEF = Schedule(most=3)
SAME = 1e-5
"""A tenth of what a project allows; float32 differs by some 1e-7."""
DRAW = np.random.default_rng(0)
WORDS = (
    *("Good", "bad", "Dog", "cat", "고양이", "나쁜", "über", "straße", "ÉCOLE", "naïve", "x1"),
    *("_y", "3½", "не", "да", "Москва", "don't", "e-mail"),
)
TEXTS = [" ".join(DRAW.choice(WORDS, size=DRAW.integers(1, 9))) for _ in range(60)]
COLOUR = [np.asarray(DRAW.integers(0, 256, (20 + i % 5, 22, 3)), np.uint8) for i in range(30)]
ROWS: list[dict[str, Any]] = [
    {"size": float(DRAW.normal()), "pet": ["cat", "dog", None, ""][i % 4], "n": i % 7 or None}
    for i in range(60)
]
CLIPS = [
    np.float32(np.sin(0.06 * (1 + i / 9) * np.arange(3_000 + 200 * i)))
    * np.exp(-np.arange(3_000 + 200 * i) / 2_000).astype(np.float32)
    for i in range(24)
]


def same(encoder: Any, raw: Sequence[Any], new: Sequence[Any], **how: bool) -> OnnxPredictor:
    expected, found, predictor = both_answers(encoder, raw, new, **how)
    assert np.ptp(expected, axis=0).max() > 0.01, "the samples are told apart at all"
    np.testing.assert_allclose(found, expected, atol=SAME)
    return predictor


# --- encoders ---------------------------------------------------------------------------------


@pytest.mark.parametrize("multi", [False, True])
def test_colour_pictures_of_any_size(multi: bool) -> None:
    large = np.asarray(DRAW.integers(0, 256, (190, 254, 3)), np.uint8)
    same(ImageEncoder(schedule=BRIEF), COLOUR, [*COLOUR[:6], large, large[:1, :3]], multi=multi)


def test_a_tall_photograph_that_pillow_filters_by_columns_first() -> None:
    small = np.asarray(DRAW.integers(0, 256, (20, 9, 3)), np.uint8)
    tall = np.asarray(Image.fromarray(small).resize((100, 900), Image.Resampling.BICUBIC))
    encoder = ImageEncoder(schedule=BRIEF)
    found, expected, _ = both_answers(encoder, COLOUR, [shrunk(tall, 256), tall[:250, :80]])
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_grey_pictures_by_a_deeper_encoder() -> None:
    grey = [each[:, :, 0] for each in COLOUR]
    encoder = ImageEncoder(schedule=BRIEF, size=Size(width=0.5, depth=1))
    predictor = same(encoder, grey, [*grey[:6], *COLOUR[:2]])
    described = json.loads(predictor.metadata["dalt.input"])
    assert (described["kind"], described["colour"], described["size"]) == ("image", "grey", 24)


def test_texts_of_many_scripts() -> None:
    odd = ["", "  \n", "NEW Words\n\tgood   DOG", "a", "good\u00a0dog\u3000cat", "x" * 25_000]
    same(TextEncoder(schedule=BRIEF), TEXTS, [*TEXTS[:15], *odd, "Ⅻ ǅ ÀÉÎ ẞ 𐐀"])


def test_texts_without_any_term() -> None:
    expected, found, _ = both_answers(TextEncoder(schedule=BRIEF), ["!"] * 8, ["?", "a"])
    np.testing.assert_allclose(found, expected, atol=SAME)


def test_rows_with_missing_and_unknown_cells() -> None:
    odd = [{"size": None, "pet": "zebra", "n": 100}, {"other": 1}, {"size": 1e300, "n": -5}]
    predictor = same(TableEncoder(schedule=BRIEF), ROWS, [*ROWS[:15], *odd])
    columns = json.loads(predictor.metadata["dalt.input"])["columns"]
    assert [each["type"] for each in columns] == ["number", "text", "number"]


def test_a_table_that_says_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="No column of this table says anything"):
        both_answers(TableEncoder(schedule=BRIEF), [{"a": 1}] * 9, [{"a": 1}])


def test_sounds_of_any_length() -> None:
    silence, click = np.zeros(500, np.float32), np.ones(1, np.float32)
    framed = np.concatenate([np.zeros(9_000, np.float32), CLIPS[3], np.zeros(5_000, np.float32)])
    broken = np.where(np.arange(4_000) % 7 == 0, np.nan, CLIPS[9][:4_000]).astype(np.float32)
    long = np.asarray(DRAW.normal(size=700_000), np.float32)
    new = [*CLIPS[:5], silence, click, framed, broken, long]
    same(AudioEncoder(schedule=BRIEF), CLIPS, new)


@pytest.mark.parametrize("name", ["efficientnet", "mobilenet"])
def test_nets_with_packaged_weights(name: str) -> None:
    if not all(map(is_installed, NAMED[name].packages)):
        pytest.skip("its weights are not installed")
    same(encoder_for("image", name), COLOUR, COLOUR[:4])


@pytest.mark.parametrize("flat", [True, False])
def test_an_onnx_file_of_the_user(flat: bool, tmp_path: Path) -> None:
    kernels = np.asarray(DRAW.normal(size=(6, 3, 5, 5)), np.float32)
    (tmp_path / "own.onnx").write_bytes(convolution_model(kernels, flat=flat))
    same(OnnxEncoder(tmp_path / "own.onnx"), COLOUR, COLOUR[:8])


def test_an_onnx_file_for_one_picture_at_a_time(tmp_path: Path) -> None:
    kernels = np.asarray(DRAW.normal(size=(6, 1, 5, 5)), np.float32)
    (tmp_path / "own.onnx").write_bytes(convolution_model(kernels, (1, 1, 16, 16)))
    same(OnnxEncoder(tmp_path / "own.onnx"), COLOUR, COLOUR[:8])


def test_a_torch_module_of_the_user() -> None:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 6, 3), nn.SiLU(), nn.MaxPool2d(2))
    same(TorchEncoder(module, size=16), COLOUR, COLOUR[:8])


class Odd(nn.Module):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        means = images.mean(dim=(2, 3))
        return means if means.sum().item() > 0 else -means  # a graph has no such branch


def test_a_torch_module_that_no_graph_holds_is_refused() -> None:
    with pytest.raises(BadInput, match=r"cannot be written to ONNX.*encode with an \.onnx file"):
        both_answers(TorchEncoder(Odd(), size=16), COLOUR, COLOUR[:2])


def test_a_tokenizer_that_onnx_lacks_is_refused_with_the_way_out() -> None:
    with pytest.raises(BadInput, match=r"'sentences' cannot be written.*project\.estimator\(\)"):
        both_answers(encoder_for("text", "sentences"), TEXTS, TEXTS[:2])


# --- heads ------------------------------------------------------------------------------------


def weights_of(kind: str, draw: np.random.Generator) -> dict[str, Any]:
    """Drawn weights of a predictor for embeddings of 5 columns and 3 classes."""

    def rows(*shape: int) -> np.ndarray:
        return np.asarray(draw.normal(size=shape), np.float32)

    scale, n = np.array(0.3), 3
    each: dict[str, dict[str, Any]] = {
        "blend": {
            **{"scale": scale, "landmarks": rows(7, 5), "carried": rows(7, n), "offset": rows(n)},
            **{"centres": rows(9, 5), "coefficients": rows(9, n), "reach": np.array(2.0)},
            "sharpness": np.array(3.0, np.float32),
            "doubt": np.array(0.25),
        },
        "rest": {
            **{"scale": scale, "landmarks": rows(7, 5), "carried": rows(7, n), "offset": rows(n)},
            **{"centres": rows(9, 5), "coefficients": rows(9, n)},
            "doubt": np.array(0.05, np.float32),
        },
        "linear": {"coefficients": rows(5, n), "intercept": rows(n)},
        "odds": {"coefficients": rows(5, n), "intercept": rows(n)},
        "carried": {
            "scale": scale,
            "landmarks": rows(7, 5),
            "shares": rows(7, n),
            "offset": rows(n),
        },
        "several": {
            "scale": scale,
            "landmarks": rows(7, 5),
            "shares": rows(7, n),
            "offset": rows(n),
        },
    }
    return {f"{kind}.{name}": array for name, array in {"width": np.array(5), **each[kind]}.items()}


def network(code: int, multi: bool, draw: np.random.Generator) -> dict[str, Any]:
    return {
        "network.width": np.array(5),
        "network.activations": np.array([code, 0]),
        "network.0.weight": np.asarray(draw.normal(size=(5, 4)), np.float32),
        "network.0.bias": np.asarray(draw.normal(size=4), np.float32),
        "network.1.weight": np.asarray(draw.normal(size=(4, 3)), np.float32),
        "network.1.bias": np.asarray(draw.normal(size=3), np.float32),
        "network.sharpness": np.array(1.5, np.float32),
        "network.multi": np.array(multi),
    }


def check_head(weights: dict[str, Any], multi: bool = False) -> None:
    rows = np.asarray(np.random.default_rng(3).normal(size=(20, 5)) * 2, np.float32)
    snapshot = snapshot_of(weights, multi=multi)
    found = OnnxPredictor(onnx_model(None, snapshot, About("pets"))).predict(list(rows))
    np.testing.assert_allclose(found, predict(weights, rows, 3), atol=SAME)
    assert np.ptp(found) > 0.1


@pytest.mark.parametrize("kind", ["blend", "rest", "linear", "odds", "carried", "several"])
def test_a_head_answers_as_in_numpy(kind: str) -> None:
    check_head(weights_of(kind, np.random.default_rng(2)), kind in ("rest", "odds", "several"))


@pytest.mark.parametrize("multi", [False, True])
@pytest.mark.parametrize("code", range(len(ACTIVATIONS)))
def test_a_network_answers_as_in_numpy(code: int, multi: bool) -> None:
    check_head(network(code, multi, np.random.default_rng(2)), multi)


# --- the file ---------------------------------------------------------------------------------


def test_the_same_snapshot_gives_the_same_file() -> None:
    encoder = TableEncoder(schedule=BRIEF).fit(ROWS, seed=0)
    snapshot = snapshot_on(encoder.transform(ROWS))
    first, second = (onnx_model(encoder, snapshot, About("pets")) for _ in range(2))
    assert first == second


def test_a_file_says_what_it_is_and_names_the_label(tmp_path: Path) -> None:
    encoder = TextEncoder(schedule=BRIEF).fit(TEXTS, seed=0)
    snapshot = snapshot_on(encoder.transform(TEXTS), encoder=encoder.fingerprint)
    path = tmp_path / "pets.onnx"
    path.write_bytes(onnx_model(encoder, snapshot, About("pets", "By ear.", 30)))
    session = onnxruntime.InferenceSession(path)
    said = session.get_modelmeta().custom_metadata_map
    assert json.loads(said["dalt.classes"]) == list(CLASSES)
    assert said["dalt.snapshot_hash"] == snapshot.hash and said["dalt.n_labels"] == "30"
    assert (said["dalt.project"], said["dalt.guideline"]) == ("pets", "By ear.")
    label, probabilities = session.run(
        ["label", "probabilities"], {"texts": np.array(TEXTS[:9], object)}
    )
    assert label.tolist() == [CLASSES[i] for i in probabilities.argmax(axis=1)]
    onnx.checker.check_model(onnx.load(path), full_check=False)


def test_a_file_of_others_is_no_model_of_dalt() -> None:
    kernels = np.ones((2, 3, 3, 3), np.float32)
    with pytest.raises(BadInput, match="was not written by DALT"):
        OnnxPredictor(convolution_model(kernels))
    with pytest.raises(BadInput, match="cannot be run"):
        OnnxPredictor(b"no model")


def test_a_file_that_answers_otherwise_is_refused() -> None:
    weights = weights_of("linear", np.random.default_rng(2))
    content = onnx_model(None, snapshot_of(weights), About("pets"))
    rows = np.zeros((2, 5), np.float32)
    expected = predict(weights, rows, 3)
    assert check_same(content, list(rows), expected) < SAME
    with pytest.raises(BadInput, match=r"differ by up to 0\.01.*was not written"):
        check_same(content, list(rows), expected + np.array([0.01, 0, 0], np.float32))


# --- pictures ---------------------------------------------------------------------------------


@pytest.mark.parametrize("frame", [Frame(60, 3), Frame(28, 1)])
@pytest.mark.parametrize(
    "shape",
    [(8, 8), (28, 28), (200, 256), (300, 200), (1_023, 700), (1_500, 900), (7, 500), (1, 3)],
)
def test_frames_are_those_of_pillow(frame: Frame, shape: tuple[int, int]) -> None:
    """To the bit, but for tall pictures: Pillow 13 filters some of them by columns first."""
    graph = Graph()
    frames = add_frame(graph, add_picture_input(graph), frame, 256)
    graph.output("frames", frames, FLOAT, ["n", frame.channels, frame.side, frame.side])
    session = onnxruntime.InferenceSession(graph.model("frames", {}).SerializeToString())
    small = np.asarray(np.random.default_rng(0).integers(0, 256, (12, 9, 3)), np.uint8)
    smooth = np.asarray(Image.fromarray(small).resize(shape[::-1], Image.Resampling.BICUBIC))
    noise = np.random.default_rng(1).integers(-20, 20, smooth.shape)
    picture = np.asarray(np.clip(smooth.astype(int) + noise, 0, 255), np.uint8)
    (found,) = session.run(None, {"images": picture[None]})
    apart = np.abs(found[0] - frame.put(shrunk(picture, 256)))
    assert apart.max() <= (3 if shape[0] > 1_000 else 0)
