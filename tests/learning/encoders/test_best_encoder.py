"""The candidates of a pool on disk: embedded, taken, kept, grown."""

from __future__ import annotations

import json
import shutil
import time
import warnings
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from brief import train_briefly

from dalt.core.records import BadInput
from dalt.learning.encoders import best as module
from dalt.learning.encoders.best import BOTH, BestEncoder, Judged
from dalt.learning.encoders.cache import EmbeddingCache, UnreadableSamples
from dalt.learning.encoders.cache_files import EncodedElsewhere, encoding_alone
from dalt.learning.encoders.side_by_side import SideBySide

pytestmark = pytest.mark.usefixtures("pretrained")
# In Korean letters, so the quicker of the installed nets starts.
TEXTS = [
    f"{subject} {verb}."
    for subject in ("고양이가", "시장이", "개가")
    for verb in ("잔다", "올랐다", "뛴다", "왔다")
]


@pytest.fixture(scope="module")
def pretrained() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DALT_PRETRAINED", "1")
        train_briefly(patch)
        yield


@pytest.fixture(scope="module")
def encoded(pretrained: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("best") / "embeddings"
    BestEncoder(folder).encode("text", TEXTS, seed=0)
    return folder


@pytest.fixture
def best(encoded: Path, tmp_path: Path) -> BestEncoder:
    return BestEncoder(Path(shutil.copytree(encoded, tmp_path / "embeddings")))


class Broken(list[str]):
    """Some samples cannot be read."""

    def __init__(self, texts: list[str], rows: set[int]) -> None:
        super().__init__(texts)
        self.rows = rows

    def __getitem__(self, row: Any) -> Any:
        if row in self.rows:
            raise OSError("gone")
        return super().__getitem__(row)


def test_the_pretrained_one_starts_and_all_embed_the_pool(best: BestEncoder) -> None:
    names = [rival.name for rival in best.rivals()]
    assert (best.in_use, names) == ("sentences", ["sentences", "autoencoder", BOTH])
    widths = {rival.name: rival.embeddings.shape for rival in best.rivals()}
    assert widths[BOTH] == (12, widths["sentences"][1] + widths["autoencoder"][1])
    assert best.standing()["sentence"] == (
        "sentences: knows what words mean; labels will tell whether autoencoder is better."
    )


def test_encoding_again_changes_nothing(best: BestEncoder) -> None:
    files = {path: path.stat().st_mtime_ns for path in best.folder.rglob("*") if path.is_file()}
    BestEncoder(best.folder).encode("text", TEXTS, seed=0)
    again = {path: path.stat().st_mtime_ns for path in best.folder.rglob("*") if path.is_file()}
    files.pop(best.folder / "encode.lock")
    again.pop(best.folder / "encode.lock")
    assert again == files


def test_the_same_pool_and_seed_give_the_same_candidates(best: BestEncoder, tmp_path: Path) -> None:
    other = BestEncoder(tmp_path / "other")
    other.encode("text", TEXTS, seed=0)
    versions = [(each.name, each.version) for each in other.rivals()]
    assert versions == [(each.name, each.version) for each in best.rivals()]


@pytest.mark.parametrize("name", ["autoencoder", BOTH])
def test_taking_another_swaps_embeddings_and_encoder_at_once(best: BestEncoder, name: str) -> None:
    wanted = {rival.name: rival for rival in best.rivals()}[name]
    best.record(Judged(30, name, {"sentences": 0.5, "autoencoder": 0.6, BOTH: 0.7}))
    assert best.in_use == "sentences", "a process may die here"
    assert best.take(name) and best.in_use == name
    cache = EmbeddingCache(best.folder)
    assert cache.version == wanted.version
    found = cache.embeddings()
    assert found is not None
    np.testing.assert_array_equal(found, wanted.embeddings)
    encoder = cache.encoder()
    assert encoder is not None and isinstance(encoder, SideBySide) == (name == BOTH)
    np.testing.assert_allclose(encoder.transform(TEXTS), wanted.embeddings, atol=1e-5)
    assert best.standing()["right"] == {
        "sentences": 0.5,
        "autoencoder": 0.6,
        "autoencoder + sentences": 0.7,
    }


def test_samples_added_later_are_embedded_by_all(best: BestEncoder) -> None:
    former = {rival.name: np.array(rival.embeddings) for rival in best.rivals()}
    best.take(BOTH)
    best.encode("text", [*TEXTS, "새가 난다."], seed=0)
    for rival in best.rivals():
        assert len(rival.embeddings) == 13
        np.testing.assert_array_equal(rival.embeddings[:12], former[rival.name])
    assert best.in_use == BOTH and EmbeddingCache(best.folder).n_samples == 13


def test_an_unreadable_sample_is_named_once_and_tried_again_by_all(best: BestEncoder) -> None:
    texts = [*TEXTS, "새가 난다."]
    with pytest.warns(UnreadableSamples) as told:
        best.encode("text", Broken(texts, {12}), seed=0)
    assert len(told) == 1
    assert EmbeddingCache(best.folder).unreadable == (12,)
    mean = {rival.name: np.array(rival.embeddings[12]) for rival in best.rivals()}
    best.encode("text", texts, seed=0)
    assert EmbeddingCache(best.folder).unreadable == ()
    for rival in best.rivals():
        assert np.abs(rival.embeddings[12] - mean[rival.name]).max() > 1e-4, rival.name
        assert rival.version.endswith(".1"), "a row has changed"


def test_naming_a_candidate_keeps_it(best: BestEncoder) -> None:
    assert best.keep("autoencoder")
    cache = EmbeddingCache(best.folder)
    version = cache.version
    cache.encode("text", TEXTS, seed=0, encoder="autoencoder")
    assert (cache.version, best.in_use, best.rivals()) == (version, None, [])
    assert not best.take("sentences"), "it was named"
    assert best.standing()["sentence"] == "autoencoder: it was named."


def test_naming_the_one_in_use_ends_the_competition(best: BestEncoder) -> None:
    EmbeddingCache(best.folder).encode("text", TEXTS, seed=0, encoder="sentences")
    assert best.in_use is None and not best.is_chosen


def test_an_interrupted_named_encoder_comes_first(best: BestEncoder) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "Embedding":
            raise KeyboardInterrupt

    cache = EmbeddingCache(best.folder)
    with pytest.raises(KeyboardInterrupt):
        cache.encode("text", TEXTS, seed=0, encoder="autoencoder", progress=stop)
    assert not best.is_chosen and not best.take("autoencoder")


def test_interrupted_behind_the_first_the_first_is_in_use(tmp_path: Path) -> None:
    best = BestEncoder(tmp_path)

    def stop(what: str, done: int, total: int) -> None:
        if "autoencoder" in what:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        best.encode("text", TEXTS, seed=0, progress=stop)
    assert best.in_use == "sentences"
    assert [rival.name for rival in best.rivals()] == ["sentences"]
    best.encode("text", TEXTS, seed=0)
    assert [rival.name for rival in best.rivals()] == ["sentences", "autoencoder", BOTH]


def test_a_candidate_that_fails_is_left_out_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "dalt.learning.encoders.sentences.found", lambda *_: Path("/nowhere/to/be/found")
    )
    best = BestEncoder(tmp_path)
    with pytest.warns(UserWarning, match="The encoder sentences is left out: "):
        best.encode("text", TEXTS, seed=0)
    assert best.in_use == "autoencoder"


def test_a_new_package_is_a_candidate_at_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DALT_PRETRAINED", "0")
    best = BestEncoder(tmp_path)
    best.encode("text", TEXTS, seed=0)
    assert (best.in_use, len(best.rivals())) == ("autoencoder", 1)
    monkeypatch.setenv("DALT_PRETRAINED", "1")
    best = BestEncoder(tmp_path)
    best.encode("text", TEXTS, seed=0)
    assert (best.in_use, len(best.rivals())) == ("autoencoder", 3)


@pytest.mark.parametrize("name", ["sentences", BOTH])
def test_what_is_in_use_embeds_new_samples_whatever_others_there_are(
    best: BestEncoder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Texts of another language or length, pictures in colour, an encoder that is left out now."""
    best.take(name)
    monkeypatch.setenv("DALT_PRETRAINED", "0")
    texts = [*TEXTS, "새가 난다."]
    best = BestEncoder(best.folder)
    assert len(best.encode("text", texts, seed=0)) == 13
    assert best.in_use == name
    assert "left out" not in best.standing()["sentence"]
    assert "no other" not in best.standing()["sentence"], "why another would start now"
    monkeypatch.setenv("DALT_PRETRAINED", "1")
    english = [*texts, *(f"The mayor came {n} times to the sea." for n in range(40))]
    best = BestEncoder(best.folder)
    assert len(best.encode("text", english, seed=0)) == len(english)
    names = {each.name for each in best.rivals()}
    assert (best.in_use, names) == (name, {"sentences", "autoencoder", BOTH})


def test_two_side_by_side_are_not_left_behind_where_one_cannot_embed(
    best: BestEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    best.take(BOTH)
    for folder in (best.folder / "encoders").iterdir():
        if '"pretrained"' in (folder / "encoder.json").read_text():
            (folder / "weights.safetensors").write_bytes(b"damaged")
    with pytest.raises(BadInput, match=r"The encoder in .* is damaged"):
        BestEncoder(best.folder).encode("text", [*TEXTS, "새가 난다."], seed=0)


def test_a_damaged_rival_does_not_keep_the_others_from_being_compared_or_replayed(
    best: BestEncoder,
) -> None:
    damaged = next(each for each in best.rivals() if each.name == BOTH)
    (best.folder / f"{damaged.version}.npy").write_bytes(b"damaged")
    assert [each.name for each in best.rivals()] == ["sentences", "autoencoder"]
    assert damaged.version not in best.embeddings_by_version()
    assert len(best.embeddings_by_version()) == 2


def test_a_sample_that_could_not_be_read_is_not_forgotten_when_an_encoder_was_named(
    best: BestEncoder,
) -> None:
    texts = [*TEXTS, "새가 난다."]
    best.keep("sentences")
    with pytest.warns(UnreadableSamples):
        EmbeddingCache(best.folder).encode("text", Broken(texts, {12}), seed=0)
    with pytest.warns(UnreadableSamples):
        best.encode("text", Broken(texts, {12}), seed=0)
    assert best.in_use == "sentences" and EmbeddingCache(best.folder).unreadable == (12,)


def test_a_retrained_pool_is_judged_anew(best: BestEncoder) -> None:
    best.record(Judged(30, "sentences", {"sentences": 0.9, "autoencoder": 0.6, BOTH: 0.7}))
    best.encode("text", TEXTS, seed=1, retrain=True)
    assert best.judged() is None and len(best.rivals()) == 3


def test_an_incomplete_candidate_is_not_taken(best: BestEncoder) -> None:
    slot = EmbeddingCache(best.folder, file="candidate-sentences.json")
    slot.encode("text", [*TEXTS, "새가 난다."], seed=0)
    assert [rival.name for rival in best.rivals()] == ["sentences"]
    assert not best.take("autoencoder") and best.in_use == "sentences"


def test_a_damaged_choice_says_what_to_do(best: BestEncoder) -> None:
    (best.folder / module.FILE).write_text("{")
    with pytest.raises(BadInput, match=r"choice\.json is damaged .*Remove that file and encode"):
        best.standing()
    (best.folder / module.FILE).unlink()
    assert len(BestEncoder(best.folder).encode("text", TEXTS, seed=0)) == len(TEXTS)
    assert best.in_use == "sentences" and len(best.rivals()) == 3


def test_a_project_of_a_former_version_keeps_its_encoder(tmp_path: Path) -> None:
    EmbeddingCache(tmp_path).encode("text", TEXTS, seed=0)
    pointer = json.loads((tmp_path / "current.json").read_text())
    del pointer["automatic"]
    (tmp_path / "current.json").write_text(json.dumps(pointer))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not BestEncoder(tmp_path).is_chosen


# --- suggestions within seconds -------------------------------------------------------------


def soon(folder: Path) -> tuple[BestEncoder, list[tuple[str | None, int]]]:
    """Encode for a page that is open; what was in use when each was prepared, and its rows."""
    best, prepared = BestEncoder(folder), []

    def prepare(embeddings: Any, version: str) -> None:
        prepared.append((best.in_use, len(embeddings)))

    best.encode("text", TEXTS, seed=0, soon=prepare)
    return best, prepared


def test_the_closed_form_alone_comes_first_and_stays_until_labels_were_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OFFERED_SECONDS", 0.0)
    best, prepared = soon(tmp_path / "embeddings")
    assert prepared == [(None, 12), ("untrained", 12), ("untrained", 12)]
    names = [rival.name for rival in best.rivals()]
    assert names == ["untrained", "sentences", "autoencoder", BOTH]
    assert best.begins
    assert best.standing()["sentence"] == "untrained: ready at once, until sentences is."


def test_once_another_is_in_use_it_competes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OFFERED_SECONDS", 0.0)
    best, _ = soon(tmp_path / "embeddings")
    assert best.take("sentences") and not best.begins
    assert [rival.name for rival in best.rivals()] == ["sentences", "autoencoder", BOTH]
    assert best.standing()["sentence"].startswith("sentences: knows what words mean")
    more = [*TEXTS, "새가 난다."]
    assert len(best.encode("text", more, seed=0)) == 13
    assert EmbeddingCache(best.folder, file="candidate-untrained.json").n_samples == 12


def test_encoding_that_somebody_waits_for_puts_a_candidate_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OFFERED_SECONDS", 0.0)
    best, _ = soon(tmp_path / "embeddings")
    best.encode("text", TEXTS, seed=0)
    assert best.in_use == "sentences"


def test_a_candidate_is_offered_before_the_next_one_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = BestEncoder(tmp_path / "embeddings")
    offered: list[str] = []

    def take(seconds: float) -> None:
        """What a trainer does meanwhile: nobody holds the lock."""
        offered.append("sentences")
        assert best.take("sentences")

    clock = SimpleNamespace(sleep=take, monotonic=time.monotonic)
    monkeypatch.setattr(module, "time", clock)
    best.encode("text", TEXTS, seed=0, soon=lambda *_: None)
    assert offered == ["sentences"] and best.in_use == "sentences"


def test_a_candidate_that_another_process_keeps_from_encoding_is_not_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OFFERED_SECONDS", 0.0)
    best = BestEncoder(tmp_path / "embeddings")
    prepared: list[str] = []
    with ExitStack() as another:

        def soon(_embeddings: Any, version: str) -> None:
            prepared.append(version)
            if len(prepared) == 2:
                another.enter_context(encoding_alone(best.folder))

        with pytest.raises(EncodedElsewhere):
            best.encode("text", TEXTS, seed=0, soon=soon)
    assert not best.is_complete
    best.encode("text", TEXTS, seed=0)
    assert best.is_complete


def test_embeddings_that_are_given_while_candidates_are_made_stay_in_use(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "embeddings")
    given = np.random.default_rng(0).normal(size=(len(TEXTS), 3)).astype(np.float32)

    def soon(_embeddings: Any, _version: str) -> None:
        if cache.choice is None:
            cache.give("text", given, np.arange(len(TEXTS)), len(TEXTS))

    found = BestEncoder(cache.folder).encode("text", TEXTS, seed=0, soon=soon)
    assert cache.choice == "given"
    np.testing.assert_array_equal(found, given)
