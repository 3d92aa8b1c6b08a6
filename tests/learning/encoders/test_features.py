"""The embedding cache: what it keeps, what an interruption leaves, what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalt.core.records import BadInput
from dalt.features import EmbeddingCache, UnreadableSamples, encoder_for, load_encoder
from dalt.learning.encoders import cache as features
from dalt.learning.encoders.cache_files import encoding_alone
from dalt.learning.encoders.embedding import batches


class Halves:
    """A cheap encoder with the whole contract: the mean of what it saw, and halves."""

    kind = "table"
    n_dims = 2
    trainings = 0

    def __init__(self, mean: float | None = None) -> None:
        self.mean = mean

    @property
    def fingerprint(self) -> str:
        return f"halves-{self.mean:g}"

    def fit(self, raw: Any, *, seed: int, progress: Any = None) -> Halves:
        Halves.trainings += 1
        self.mean = float(seed)
        return self

    def transform(self, raw: Any) -> Any:
        return np.array([[value / 2, self.mean] for value in raw], np.float32)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "encoder.json").write_text(json.dumps({"type": "halves", "mean": self.mean}))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddingCache:
    def load(folder: Path, own: Any = None) -> Halves:
        return Halves(json.loads((folder / "encoder.json").read_text())["mean"])

    monkeypatch.setattr(Halves, "trainings", 0)
    monkeypatch.setattr(features, "encoder_for", lambda kind, name="autoencoder": Halves())
    monkeypatch.setattr(features, "load_encoder", load)
    return EmbeddingCache(tmp_path / "embeddings")


class Flaky(list[float]):
    """Raw samples of which some positions raise."""

    def __init__(self, n: int, bad: dict[int, BaseException]) -> None:
        super().__init__(map(float, range(n)))
        self.bad = bad
        self.reads: list[int] = []

    def __getitem__(self, position: Any) -> Any:
        self.reads.append(position)
        if position in self.bad:
            raise self.bad[position]
        return super().__getitem__(position)


def test_embeddings_are_float32_in_the_order_of_the_pool(cache: EmbeddingCache) -> None:
    cache.encode("table", [4.0, 2.0], seed=7)
    embeddings = cache.embeddings()
    assert embeddings is not None and embeddings.dtype == np.float32
    assert embeddings.tolist() == [[2, 7], [1, 7]]
    assert cache.fingerprint == "halves-7" and cache.n_samples == 2


def test_grown_pool_embeds_only_the_new_rows(cache: EmbeddingCache) -> None:
    cache.encode("table", Flaky(3, {}), seed=7)
    grown = Flaky(5, {})
    embeddings = cache.encode("table", grown, seed=7)
    assert grown.reads == [3, 4]
    assert embeddings[:, 0].tolist() == [0, 0.5, 1, 1.5, 2]
    assert Halves.trainings == 1


def test_nothing_new_reads_nothing(cache: EmbeddingCache) -> None:
    cache.encode("table", [1.0], seed=7)
    again = Flaky(1, {})
    cache.encode("table", again, seed=7)
    assert again.reads == []


def test_retraining_replaces_and_keeps_the_former_file(cache: EmbeddingCache) -> None:
    former = cache.encode("table", [1.0, 2.0], seed=7)
    cache.encode("table", [1.0, 2.0], seed=8, retrain=True)
    assert cache.fingerprint == "halves-8"
    assert former[:, 1].tolist() == [7, 7], "a mapping that is open stays as it was"


def test_interrupted_embedding_keeps_the_former_cache(cache: EmbeddingCache) -> None:
    cache.encode("table", Flaky(3, {}), seed=7)
    with pytest.raises(KeyboardInterrupt):
        cache.encode("table", Flaky(5, {4: KeyboardInterrupt()}), seed=7)
    assert cache.n_samples == 3
    assert cache.embeddings()[:, 0].tolist() == [0, 0.5, 1]  # type: ignore[index]


def test_interrupted_first_embedding_shows_nothing_and_keeps_the_encoder(
    cache: EmbeddingCache,
) -> None:
    with pytest.raises(KeyboardInterrupt):
        cache.encode("table", Flaky(5, {4: KeyboardInterrupt()}), seed=7)
    assert cache.embeddings() is None and cache.encoder() is None
    cache.encode("table", Flaky(5, {}), seed=7)
    assert Halves.trainings == 1 and cache.n_samples == 5


def test_interrupted_retraining_is_not_trained_again(cache: EmbeddingCache) -> None:
    cache.encode("table", Flaky(5, {}), seed=7)
    with pytest.raises(KeyboardInterrupt):
        cache.encode("table", Flaky(5, {4: KeyboardInterrupt()}), seed=8, retrain=True)
    assert cache.fingerprint == "halves-7" and cache.n_samples == 5
    cache.encode("table", Flaky(5, {}), seed=8, retrain=True)
    assert cache.fingerprint == "halves-8" and Halves.trainings == 2


@pytest.mark.parametrize("retrain", [False, True])
def test_an_interruption_between_batches_loses_nothing(
    cache: EmbeddingCache, retrain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dalt.learning.encoders.embedding.MOST_SAMPLES", 2)
    cache.encode("table", Flaky(3, {}), seed=7)
    said: list[int] = []

    def interrupt(what: str, done: int, total: int) -> None:
        said.append(done)
        if done >= 4:
            raise KeyboardInterrupt

    seed = 8 if retrain else 7
    with pytest.raises(KeyboardInterrupt):
        cache.encode("table", Flaky(9, {}), seed=seed, retrain=retrain, progress=interrupt)
    assert said == [2, 4], "it was in the middle"
    assert cache.embeddings().tolist() == [[0, 7], [0.5, 7], [1, 7]]  # type: ignore[union-attr]
    embeddings = cache.encode("table", Flaky(9, {}), seed=seed, retrain=retrain)
    assert embeddings.tolist() == [[i / 2, seed] for i in range(9)]


def test_an_interrupted_training_is_done_again(
    cache: EmbeddingCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Halves, raw: Any, *, seed: int, progress: Any = None) -> Halves:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Halves, "fit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cache.encode("table", [1.0], seed=7)
    assert cache.fingerprint is None
    assert cache.encode("table", [1.0], seed=7).tolist() == [[0.5, 7]]


def test_large_samples_make_small_batches() -> None:
    photos = [np.zeros((1_000, 1_000, 3), np.uint8)] * 7
    assert [len(batch.values) for batch in batches(photos, range(7))] == [3, 3, 1]
    texts = ["x" * 5_000_000] * 3
    assert [len(batch.values) for batch in batches(texts, range(3))] == [2, 1]


def test_leftovers_are_removed_at_once_or_by_the_next_run(cache: EmbeddingCache) -> None:
    with pytest.raises(KeyboardInterrupt):
        cache.encode("table", Flaky(5, {4: KeyboardInterrupt()}), seed=7)
    assert not list(cache.folder.rglob("*.part"))
    (cache.folder / ".abc.npy.0123456789abcdef.part").touch()  # as a killed run leaves them
    (cache.folder / "encoders" / "abc.part").mkdir()
    cache.encode("table", Flaky(5, {}), seed=7)
    assert not list(cache.folder.rglob("*.part"))


def test_a_process_killed_while_embedding_leaves_the_former_cache(tmp_path: Path) -> None:
    script = f"""
import os
from dalt.features import EmbeddingCache
class Dies(list):
    def __getitem__(self, i):
        if i == 1_500:
            os.kill(os.getpid(), 9)
        return super().__getitem__(i)
cache = EmbeddingCache({str(tmp_path)!r})
rows = [{{"size": float(i % 7)}} for i in range(2_000)]
cache.encode("table", rows[:40], seed=0)
cache.encode("table", Dies(rows), seed=0)
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert done.returncode == -9, done.stderr
    cache = EmbeddingCache(tmp_path)
    assert cache.n_samples == 40
    rows = [{"size": float(i % 7)} for i in range(2_000)]
    embeddings = cache.encode("table", rows, seed=0)
    assert len(embeddings) == 2_000 and not list(tmp_path.rglob("*.part"))
    assert np.allclose(embeddings[0], embeddings[1_995], atol=1e-5), "same cell, same embedding"


def test_unreadable_sample_gets_the_mean_and_is_named(cache: EmbeddingCache) -> None:
    raw = Flaky(4, {1: OSError("truncated file")})
    with pytest.warns(UnreadableSamples, match=r"1 of 4 .*sample 1: truncated file"):
        embeddings = cache.encode("table", raw, seed=7)
    assert embeddings[1, 0] == pytest.approx((0 + 2 + 3) / 2 / 3)
    assert cache.unreadable == (1,)


def test_unreadable_sample_is_tried_again(cache: EmbeddingCache) -> None:
    with pytest.warns(UnreadableSamples):
        cache.encode("table", Flaky(4, {1: OSError("gone")}), seed=7)
    mended = Flaky(4, {})
    embeddings = cache.encode("table", mended, seed=7)
    assert mended.reads == [1]
    assert embeddings[1, 0] == 0.5 and cache.unreadable == ()


def test_killed_between_the_rows_and_their_record_no_row_is_taken_for_what_it_is_not(
    cache: EmbeddingCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file has more rows than the pointer speaks of: some may be the mean of others."""

    def dies(*arguments: object) -> None:
        raise KeyboardInterrupt

    cache.encode("table", Flaky(2, {}), seed=1)
    pool = Flaky(4, {2: OSError("gone")})
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(features, "write_pointer", dies)
        cache.encode("table", pool, seed=1)
    assert cache.n_samples == 4 and not cache.unreadable
    with pytest.warns(UnreadableSamples, match="sample 2: gone"):
        cache.encode("table", pool, seed=1)
    assert cache.unreadable == (2,) and cache.version == "halves-1"
    found = cache.encode("table", Flaky(4, {}), seed=1)
    np.testing.assert_array_equal(found[:, 0], [0, 0.5, 1, 1.5])
    assert cache.version == "halves-1.1"
    assert list(cache.unreadable) == []


def test_mostly_unreadable_is_refused(cache: EmbeddingCache) -> None:
    bad: dict[int, BaseException] = {i: OSError("no such disk") for i in range(3)}
    with pytest.raises(BadInput, match=r"3 of 4 samples cannot be read .*no such disk"):
        cache.encode("table", Flaky(4, bad), seed=7)
    assert cache.embeddings() is None


def test_shrunken_pool_is_refused(cache: EmbeddingCache) -> None:
    cache.encode("table", [1.0, 2.0], seed=7)
    with pytest.raises(BadInput, match="2 samples but only 1"):
        cache.encode("table", [1.0], seed=7)


def test_second_process_is_refused_while_one_encodes(cache: EmbeddingCache) -> None:
    cache.folder.mkdir(exist_ok=True)
    with pytest.raises(BadInput, match="Another process"), encoding_alone(cache.folder):
        EmbeddingCache(cache.folder).encode("table", [1.0], seed=7)


@pytest.mark.parametrize("damage", ["", "{", '{"current": 3}'])
def test_damaged_pointer_says_what_to_do(cache: EmbeddingCache, damage: str) -> None:
    cache.encode("table", [1.0], seed=7)
    (cache.folder / "current.json").write_text(damage)
    with pytest.raises(BadInput, match=r"current\.json is damaged"):
        cache.embeddings()


def test_truncated_embeddings_say_what_to_do(cache: EmbeddingCache) -> None:
    cache.encode("table", [1.0], seed=7)
    (cache.folder / "halves-7.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(BadInput, match="cannot be read"):
        cache.embeddings()


def test_opening_embeddings_imports_no_torch(tmp_path: Path) -> None:
    EmbeddingCache(tmp_path).encode("table", [{"size": float(i)} for i in range(30)], seed=0)
    script = f"""
import sys
from dalt.features import EmbeddingCache
cache = EmbeddingCache({str(tmp_path)!r})
assert cache.embeddings().shape == (30, 64) and cache.fingerprint and cache.n_samples == 30
assert not {{"torch", "sklearn", "pandas"}} & set(sys.modules), "heavy imports"
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(BadInput, match="smell"):
        encoder_for("smell")  # type: ignore[arg-type]


def test_encoder_of_an_unknown_type_is_refused(tmp_path: Path) -> None:
    (tmp_path / "encoder.json").write_text('{"type": "smell"}')
    with pytest.raises(BadInput, match="smell"):
        load_encoder(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_embedding_takes_no_more_memory_for_a_larger_pool(tmp_path: Path) -> None:
    """20,000 images of 11 kB each are 220 MB; what is held of them at a time is a batch."""
    script = f"""
import resource
from collections.abc import Sequence
import numpy as np
from dalt.learning.encoders import cache as features
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.training import Schedule

class Images(Sequence):
    def __init__(self, n):
        self.n = n
    def __len__(self):
        return self.n
    def __getitem__(self, i):  # the encoder learns from small ones, which is quick
        return np.full((14, 14) if i < 100 else (60, 60, 3), i % 251, np.uint8)

def peak_after(n):
    assert len(cache.encode("image", Images(n), seed=0)) == n
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

features.encoder_for = lambda kind, name: ImageEncoder(schedule=Schedule(most=2))
cache = features.EmbeddingCache({str(tmp_path)!r})
unit = {1 if sys.platform == "darwin" else 1024}
peak_after(100)
few = peak_after(5_000)
print(peak_after(25_000) - few)
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    assert int(done.stdout) < 60e6
