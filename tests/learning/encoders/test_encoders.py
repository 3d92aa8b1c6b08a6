"""The contract that every encoder keeps, and what each is good for on real data."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from onnx_file import convolution_model
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from dalt.core.records import BadInput, Encoder, NotEncoded
from dalt.features import load_encoder
from dalt.learning.encoders.audio import AudioEncoder
from dalt.learning.encoders.columns import Categorical, Numeric, columns_of, inputs_of
from dalt.learning.encoders.dense import TableEncoder
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.image_frames import Frame, Look, frame_for
from dalt.learning.encoders.mel import bands, loudness, pooled
from dalt.learning.encoders.onnx import OnnxModel
from dalt.learning.encoders.pretrained import Backbone, PretrainedEncoder
from dalt.learning.encoders.reading import read_to_fit
from dalt.learning.encoders.registry import backbone
from dalt.learning.encoders.text import TextEncoder
from dalt.learning.encoders.training import Schedule

SHORT = Schedule(least=1, most=3, batch=32)


def few_images(n: int = 40) -> list[NDArray[np.uint8]]:
    return [(image * 15).astype(np.uint8) for image in load_digits().images[:n]]


def few_texts(n: int = 40) -> list[str]:
    words = ["고양이 사진", "the cat sleeps", "stock prices fell", "주가 하락", "une pomme"]
    return [f"{words[i % 5]} {words[(i * 3 + 1) % 5]} {i % 7}" for i in range(n)]


def few_rows(n: int = 40) -> list[dict[str, Any]]:
    return [
        {"size": i % 11 / 2 if i % 9 else None, "pet": ["cat", "dog", None][i % 3], "none": None}
        for i in range(n)
    ]


def few_clips(n: int = 40) -> list[NDArray[np.float32]]:
    """Tones and bursts of noise, of different length and loudness."""
    rng = np.random.default_rng(0)
    clips = []
    for i in range(n):
        time = np.arange(2_000 + 700 * (i % 7)) / 22_050
        sound = np.sin(6.28 * 220 * (1 + i % 5) * time) if i % 2 else rng.normal(size=len(time))
        clips.append((sound * np.exp(-9 * time) * 0.8 / (1 + i % 3)).astype(np.float32))
    return clips


@dataclass(frozen=True)
class Case:
    """An encoder class with samples that suit it."""

    make: Callable[..., Any]
    samples: list[Any]
    learns: bool = True  # else only where its net looks is fitted to the pool

    def fitted(self, seed: int = 0) -> Encoder:
        encoder: Encoder = self.make(schedule=SHORT).fit(self.samples, seed=seed)
        return encoder


@cache
def net(name: str) -> Backbone:
    """Weights are read once for all tests."""
    if name == "onnx":
        kernels = np.random.default_rng(0).normal(size=(70, 3, 4, 4)).astype(np.float32)
        return OnnxModel(convolution_model(kernels))
    return backbone(name)


def on(name: str) -> Callable[..., PretrainedEncoder]:
    """Make encoders on a pretrained net."""
    return lambda schedule=SHORT: PretrainedEncoder(net(name))


CASES = {
    "image": Case(ImageEncoder, few_images()),
    "text": Case(TextEncoder, few_texts()),
    "table": Case(TableEncoder, few_rows()),
    "audio": Case(AudioEncoder, few_clips()),
    "sentences": Case(on("sentences"), few_texts(), learns=False),
    "minilm": Case(on("minilm"), few_texts(), learns=False),
    "mobilenet": Case(on("mobilenet"), few_images(12), learns=False),
    "efficientnet": Case(on("efficientnet"), few_images(12), learns=False),
    "onnx": Case(on("onnx"), few_images(), learns=False),
}


@pytest.fixture(params=CASES, scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture(scope="module")
def encoder(case: Case) -> Encoder:
    return case.fitted()


# --- the contract -------------------------------------------------------------------


def test_embeddings_are_float32_of_the_width_named(case: Case, encoder: Encoder) -> None:
    embeddings = encoder.transform(case.samples)
    assert embeddings.shape == (len(case.samples), encoder.n_dims)
    assert embeddings.dtype == np.float32 and np.isfinite(embeddings).all()


def test_no_samples_have_no_embeddings(encoder: Encoder) -> None:
    assert encoder.transform([]).shape == (0, encoder.n_dims)


def test_an_embedding_depends_on_its_sample_alone(case: Case, encoder: Encoder) -> None:
    together = encoder.transform(case.samples)
    alone = encoder.transform(case.samples[5:6])
    assert np.allclose(together[5], alone[0], atol=1e-4)


def test_same_seed_gives_the_same_encoder(case: Case, encoder: Encoder) -> None:
    again = case.fitted()
    assert again.fingerprint == encoder.fingerprint
    assert np.array_equal(again.transform(case.samples), encoder.transform(case.samples))


def test_another_seed_gives_another_encoder_where_it_learns(case: Case, encoder: Encoder) -> None:
    assert (case.fitted(seed=1).fingerprint != encoder.fingerprint) is case.learns


def test_random_state_of_torch_and_numpy_stays(case: Case) -> None:
    torch.manual_seed(3)
    np.random.seed(3)
    before, numpy_before = torch.get_rng_state(), np.random.get_state(legacy=False)["state"]["key"]
    case.fitted()
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state(legacy=False)["state"]["key"], numpy_before)


def test_saved_encoder_comes_back_the_same(case: Case, encoder: Encoder, tmp_path: Path) -> None:
    encoder.save(tmp_path / "encoder")
    loaded = load_encoder(tmp_path / "encoder")
    assert loaded.fingerprint == encoder.fingerprint and loaded.kind == encoder.kind
    assert np.array_equal(loaded.transform(case.samples), encoder.transform(case.samples))


def test_saved_encoder_is_json_and_safetensors(encoder: Encoder, tmp_path: Path) -> None:
    encoder.save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["encoder.json", "weights.safetensors"]


def test_damaged_encoder_is_refused(encoder: Encoder, tmp_path: Path) -> None:
    encoder.save(tmp_path)
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(BadInput, match=r"damaged .* Train it again"):
        load_encoder(tmp_path)


def test_settings_that_no_encoder_writes_are_refused(encoder: Encoder, tmp_path: Path) -> None:
    encoder.save(tmp_path)
    settings = tmp_path / "encoder.json"
    said = json.loads(settings.read_text("utf-8"))
    for name in set(said) - {"type"}:
        odds: list[dict[str, Any]] = [{}, {name: []}, {name: {}}]
        for odd in odds:
            damaged = {key: value for key, value in said.items() if key != name} | odd
            settings.write_text(json.dumps(damaged), "utf-8")
            with suppress(BadInput):  # some are not needed to read it back
                load_encoder(tmp_path)
    settings.write_text(json.dumps({"type": said["type"]}), "utf-8")
    with pytest.raises(BadInput, match=r"damaged .* Train it again"):
        load_encoder(tmp_path)


def test_encoder_that_has_not_learned_says_so(case: Case) -> None:
    with pytest.raises(NotEncoded, match="has not learned yet"):
        case.make().transform(case.samples)


def test_identical_samples_get_finite_equal_embeddings(case: Case) -> None:
    same = case.samples[1:2] * 30
    embeddings = case.make(schedule=SHORT).fit(same, seed=0).transform(same)
    assert np.isfinite(embeddings).all()
    assert np.allclose(embeddings, embeddings[0], atol=1e-4)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_few_samples_suffice(case: Case, n: int) -> None:
    few = case.samples[1 : 1 + n]
    assert np.isfinite(case.make(schedule=SHORT).fit(few, seed=0).transform(few)).all()


def test_no_samples_to_learn_from_are_refused(case: Case) -> None:
    with pytest.raises(BadInput, match="no samples"):
        case.make().fit([], seed=0)


def test_unreadable_sample_is_left_out_of_learning(case: Case) -> None:
    class Damaged(list[Any]):
        def __getitem__(self, position: Any) -> Any:
            if position == 3:
                raise OSError("truncated")
            return super().__getitem__(position)

    learned = case.make(schedule=SHORT).fit(Damaged(case.samples), seed=0)
    without = case.make(schedule=SHORT).fit(case.samples[:3] + case.samples[4:], seed=0)
    assert learned.fingerprint == without.fingerprint


def test_sample_of_the_wrong_type_is_refused(encoder: Encoder) -> None:
    with pytest.raises(BadInput, match="must"):
        encoder.transform([3.5])


def test_progress_ends_at_its_total(case: Case) -> None:
    seen: list[tuple[str, int, int]] = []
    encoder = case.make(schedule=SHORT)
    encoder.fit(case.samples, seed=0, progress=lambda *report: seen.append(report))
    total = SHORT.most if case.learns else len(case.samples)
    assert seen[-1][1:] == (total, total)


def test_interruption_leaves_the_encoder_unfitted(case: Case) -> None:
    def interrupt(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    encoder = case.make(schedule=SHORT)
    with pytest.raises(KeyboardInterrupt):
        encoder.fit(case.samples, seed=0, progress=interrupt)
    with pytest.raises(NotEncoded):
        encoder.transform(case.samples)


def test_only_a_bounded_number_is_read_to_learn() -> None:
    class Counted(list[int]):
        reads = 0

        def __getitem__(self, position: Any) -> Any:
            Counted.reads += 1
            return super().__getitem__(position)

    read_to_fit(Counted(range(1_000)), seed=0, limit=50)
    assert Counted.reads == 50


# --- what they are good for ---------------------------------------------------------


def accuracy(embeddings: NDArray[Any], classes: NDArray[Any], n_labels: int) -> float:
    """Logistic regression on a few random labels, on all the others; mean of five draws."""
    scores = []
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(len(classes))
        known, others = order[:n_labels], order[n_labels:]
        scaled = (embeddings - embeddings.mean(0)) / np.sqrt(embeddings.var(0).mean())
        head = LogisticRegression(max_iter=500).fit(scaled[known], classes[known])
        scores.append(head.score(scaled[others], classes[others]))
    return float(np.mean(scores))


def same_neighbours(embeddings: NDArray[Any], classes: NDArray[Any]) -> float:
    """How often the nearest other sample by cosine is of the same class."""
    centred = embeddings - embeddings.mean(0)
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    alike = unit @ unit.T
    np.fill_diagonal(alike, -2)
    return float(np.mean(classes[alike.argmax(1)] == classes))


@pytest.mark.slow
def test_images_beat_principal_components_of_pixels() -> None:
    digits = load_digits()
    images, classes = few_images(600), digits.target[:600]
    learned = ImageEncoder(schedule=Schedule(most=100)).fit(images, seed=0).transform(images)
    pixels = PCA(64, random_state=0).fit_transform(digits.data[:600])
    assert accuracy(learned, classes, 100) > accuracy(pixels, classes, 100) + 0.02
    assert same_neighbours(learned, classes) > same_neighbours(pixels, classes)


def test_tables_keep_what_tells_classes_apart() -> None:
    iris = load_iris()
    rows = [dict(zip("abcd", map(float, row), strict=True)) for row in iris.data]
    learned = TableEncoder(schedule=Schedule(most=100)).fit(rows, seed=0).transform(rows)
    plain = (iris.data - iris.data.mean(0)) / iris.data.std(0)
    assert same_neighbours(learned, iris.target) > same_neighbours(plain, iris.target)
    assert accuracy(learned, iris.target, 20) > 0.9


def test_words_of_other_languages_count() -> None:
    cats = ["고양이가 잔다", "고양이는 귀엽다", "강아지와 고양이"]
    shares = ["주가가 올랐다", "주가는 내렸다", "주가와 환율"]
    texts = [f"{(cats, shares)[i % 2][i // 2 % 3]} {i // 6}" for i in range(60)]
    learned = TextEncoder(schedule=SHORT).fit(texts, seed=0)
    asked = learned.transform(["고양이를 샀다", "주가를 보라"])
    known = learned.transform(["고양이가 잔다", "주가가 올랐다"])
    alike = asked @ known.T
    assert alike[0, 0] > alike[0, 1] and alike[1, 1] > alike[1, 0]


def test_sounds_that_are_alike_lie_together() -> None:
    rng = np.random.default_rng(0)
    clips, kinds = [], np.arange(40) % 2
    for kind in kinds:
        time = np.arange(rng.integers(4_000, 12_000)) / 22_050
        tone = np.sin(2 * np.pi * rng.uniform(300, 900) * time)
        sound = tone if kind else rng.normal(size=len(time))
        clips.append(np.float32(sound * np.exp(-rng.uniform(2, 9) * time)))
    learned = AudioEncoder(schedule=SHORT).fit(clips, seed=0).transform(clips)
    assert same_neighbours(learned, kinds) > 0.9


# --- frames -------------------------------------------------------------------------


def test_images_of_any_size_and_colour_fit_one_encoder() -> None:
    shapes = [(30, 40), (40, 30, 3), (1, 1), (200, 3, 3), (40, 40, 1)]
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, shape, dtype=np.uint8) for shape in shapes]
    assert np.isfinite(ImageEncoder(schedule=SHORT).fit(images, seed=0).transform(images)).all()


@pytest.mark.parametrize(
    ("shape", "side"), [((8, 8), 24), ((28, 28), 32), ((32, 32), 40), ((480, 640), 64)]
)
def test_side_follows_from_the_data(shape: tuple[int, int], side: int) -> None:
    assert frame_for([Look.at(np.zeros(shape, np.uint8))]).side == side


def test_colour_is_found_and_grey_stays_grey() -> None:
    grey = np.repeat(np.arange(48, dtype=np.uint8).reshape(4, 4, 3)[:, :, :1], 3, axis=2)
    red = np.zeros((4, 4, 3), np.uint8)
    red[:, :, 0] = 200
    assert frame_for([Look.at(grey)]).channels == 1
    assert frame_for([Look.at(grey), Look.at(red)]).channels == 3


def test_letterbox_keeps_the_aspect() -> None:
    wide = np.zeros((20, 40), np.uint8)
    wide[5:-5, 5:-5] = 255  # a black border, so that what is filled up is black
    framed = Frame(20, 1).put(wide)[0]
    rows, columns = np.nonzero(framed > 128)
    assert np.ptp(columns) + 1 == pytest.approx(15, abs=1)
    assert np.ptp(rows) + 1 == pytest.approx(5, abs=1)


# --- tables -------------------------------------------------------------------------


def test_columns_are_told_apart_and_empty_ones_left_out() -> None:
    nan = float("nan")
    rows: list[dict[str, Any]] = [
        {"n": float(i), "c": "ab"[i % 2], "1": 1.0, "id": f"x{i}", "0": nan} for i in range(9)
    ]
    found = [(type(column), column.name) for column in columns_of(rows)]
    assert found == [(Numeric, "n"), (Categorical, "c")]


def test_missing_cells_are_marked_and_unknown_names_have_their_own_input() -> None:
    columns = columns_of([{"n": float(i), "c": "ab"[i // 2]} for i in range(4)])
    asked: list[dict[str, Any]] = [
        {"n": None, "c": "z"},
        {"n": float("nan")},
        {"n": float("inf"), "c": "a"},
    ]
    inputs = inputs_of(asked, columns)
    assert np.isfinite(inputs).all()
    missing = columns[0].width - 1
    assert inputs[:, missing].tolist() == [1, 1, 0]
    assert inputs[0, -1] == 1 and not inputs[1, missing + 1 :].any()


def test_table_of_nothing_is_encoded_all_the_same() -> None:
    rows = [{"a": None, "b": float("nan")}] * 25
    assert np.isfinite(TableEncoder(schedule=SHORT).fit(rows, seed=0).transform(rows)).all()


@pytest.mark.slow
def test_learning_from_photographs_does_not_hold_them() -> None:
    class Photographs(list[int]):
        def __getitem__(self, position: Any) -> Any:
            return np.full((400, 600, 3), super().__getitem__(position), np.uint8)

    photographs = Photographs(range(150))  # 108 MB
    encoder = ImageEncoder(schedule=SHORT)
    tracemalloc.start()
    try:
        encoder.fit(photographs, seed=0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40e6


# --- sounds -------------------------------------------------------------------------


def test_how_loud_a_clip_is_and_what_silence_is_around_it_do_not_count() -> None:
    encoder = CASES["audio"].fitted()
    clip = few_clips()[1]
    silence = np.zeros(1_280, np.float32)
    plain, soft, late = encoder.transform([clip, clip / 50, np.concatenate([silence, clip])])
    assert np.allclose(plain, soft, atol=1e-3)
    assert np.linalg.norm(plain - late) < 0.1 * np.linalg.norm(plain)


def test_sounds_of_any_length_and_strength_have_embeddings() -> None:
    odd = [
        np.zeros(5_000, np.float32),
        np.ones(1, np.float32),
        np.full(700, np.nan, np.float32),
        np.full(700, 1e30, np.float32),
        np.random.default_rng(0).normal(size=40 * 22_050).astype(np.float32),
    ]
    assert np.isfinite(CASES["audio"].fitted().transform(odd)).all()
    assert np.isfinite(AudioEncoder(schedule=SHORT).fit(odd, seed=0).transform(odd)).all()


def test_a_tone_is_heard_in_its_band() -> None:
    weights = bands()
    peaks = weights.argmax(axis=1) * 22_050 / 1_024
    time = np.arange(22_050) / 22_050
    for band in (10, 25, 40):
        heard = loudness(np.sin(2 * np.pi * peaks[band] * time).astype(np.float32), weights)
        assert (heard[20:-20].argmax(axis=1) == band).all()
        assert heard.max() == pytest.approx(80)


def test_bands_share_every_frequency() -> None:
    weights = bands()
    first, last = weights[0].argmax(), weights[-1].argmax()
    assert np.allclose(weights.sum(axis=0)[first + 1 : last], 1, atol=1e-5)


def test_slots_beyond_the_end_are_silent() -> None:
    sound = np.full((40, 3), 10, np.float32)
    edges = np.array([-10.0, 0.0, 20.0, 60.0, 90.0])
    assert pooled(sound, edges).tolist() == [[0, 10, 5, 0]] * 3
    assert not pooled(sound[:0], edges).any()
