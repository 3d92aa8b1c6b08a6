"""Files behind addresses, and the cache that holds some of them."""

from __future__ import annotations

import io
import multiprocessing
import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import fsspec
import pytest
from PIL import Image
from web_folder import web_folder

from dalt.core.records import BadInput
from dalt.data.readers.addresses import Address, is_address
from dalt.data.readers.content_cache import ContentCache
from dalt.data.readers.paths import Refused
from dalt.data.readers.remote import RemoteFiles
from dalt.data.sources import SampleFiles


def png(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (6, 5), shade).save(file, "png")
    return file.getvalue()


def nothing(ids: list[str]) -> dict[str, str]:
    return {}


@pytest.fixture
def bucket() -> Iterator[str]:
    """An object store in memory: the address of a bucket of its own."""
    store, name = fsspec.filesystem("memory"), uuid.uuid4().hex
    for path, shade in (("a.png", 1), ("more/b.png", 2), ("more/c d.png", 3)):
        store.pipe(f"/{name}/{path}", png(shade))
    yield f"memory://{name}"
    store.rm(f"/{name}", recursive=True)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, list[str], Path]]:
    folder = tmp_path / "web"
    (folder / "in").mkdir(parents=True)
    (folder / "a.png").write_bytes(png(1))
    (folder / "in/b c.png").write_bytes(png(2))
    with web_folder(folder) as (address, asked):
        yield address, asked, folder


@pytest.fixture
def files(tmp_path: Path) -> SampleFiles:
    return SampleFiles(tmp_path / "p.dalt")


def write(address: str, content: bytes) -> None:
    fsspec.filesystem("memory").pipe("/" + address.removeprefix("memory://"), content)


def cached(files: SampleFiles) -> list[Path]:
    return sorted((files.folder / "cache").glob("*/*"))


def test_a_folder_of_a_bucket_is_read_with_its_inner_folders(
    files: SampleFiles, bucket: str
) -> None:
    for hidden in (".x.png", ".git/y.png", "other.dalt/samples/z.png"):
        write(f"{bucket}/{hidden}", png(9))
    found = files.add_images(bucket, nothing)
    assert [each.source for each in found.samples] == [
        f"{bucket}/{name}" for name in ("a.png", "more/b.png", "more/c d.png")
    ]
    assert [int(files.load(each).max()) for each in found.samples] == [1, 2, 3]  # type: ignore[union-attr]
    assert files.file_of(found.samples[0]) == (png(1), ".png")
    assert files.size(found.samples[0]) == (6, 5)
    assert files.path_of(found.samples[0]) is None


def test_the_same_content_has_the_same_id_wherever_it_lies(
    files: SampleFiles, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(png(1))
    here = files.add_images(tmp_path / "a.png", nothing)
    there = files.add_images([f"{bucket}/a.png"], nothing)
    assert here.ids == there.ids


def test_a_list_may_mix_paths_and_addresses(
    files: SampleFiles, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "local.png").write_bytes(png(7))
    write(f"{bucket}/broken.png", b"no picture")
    write(f"{bucket}/empty.png", b"")
    given: list[str | Path] = [
        tmp_path / "local.png",
        *(f"{bucket}/{n}.png" for n in ("a", "gone", "broken", "empty")),
    ]
    found = files.add_images(given, nothing)
    assert [each is None for each in found.each] == [False, False, True, True, True]
    assert [each.source.rpartition("/")[2] for each in found.rejected] == [
        "gone.png", "empty.png", "broken.png",
    ]  # fmt: skip
    assert [each.reason for each in found.rejected[:2]] == ["no such file", "empty file (0 bytes)"]


def test_a_web_server_is_asked_once_for_each_file(
    files: SampleFiles, web: tuple[str, list[str], Path]
) -> None:
    address, asked, _ = web
    found = files.add_images(f"{address}/", nothing)
    assert [each.source for each in found.samples] == [
        f"{address}/a.png",
        f"{address}/in/b%20c.png",
    ]
    assert sorted(each for each in asked if each.endswith(".png")) == ["/a.png", "/in/b%20c.png"]
    asked.clear()
    for sample in found.samples:
        assert files.display(sample).data
        assert files.thumbnail(sample, 4).data
    assert asked == [], "the cache has them"


def test_offline_is_one_sentence(files: SampleFiles, tmp_path: Path) -> None:
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "a.png").write_bytes(png(1))
    with web_folder(folder) as (address, _):
        [sample] = files.add_images([f"{address}/a.png"], nothing).samples
    assert files.display(sample).data, "what is cached is shown"
    for path in cached(files):
        path.unlink()
    with pytest.raises(
        BadInput, match=r"^Sample 'http.*a\.png' can no longer be read: .* cannot be"
    ):
        files.display(sample)
    with pytest.raises(BadInput, match=r"cannot be reached \(") as refused:
        files.add_images(f"{address}/", nothing)
    assert "\n" not in str(refused.value)
    [rejected] = files.add_images([f"{address}/a.png"], nothing).rejected
    assert "cannot be reached" in rejected.reason


def test_content_that_changed_is_told_and_never_shown_for_the_old_one(
    files: SampleFiles, bucket: str
) -> None:
    [sample] = files.add_images([f"{bucket}/a.png"], nothing).samples
    write(f"{bucket}/a.png", png(200))
    assert int(files.load(sample).max()) == 1, "what was added is cached"  # type: ignore[union-attr]
    for path in cached(files):
        path.unlink()
    with pytest.raises(BadInput, match="its content has changed since it was added"):
        files.load(sample)
    assert cached(files) == []
    [new] = files.add_images([f"{bucket}/a.png"], nothing).samples
    assert new.id != sample.id


WRONG = {
    "nothing there": ("memory://no-such-bucket", "no such file"),
    "a password": ("https://ana:secret@x.org/a/", "address with a password"),
    "a chain": ("memory::memory://a/b/", "is a web address|no file or folder|chain"),
    "a chain behind an address": ("memory://a::memory://b", "chain of addresses"),
    "no such scheme": ("nope://a/b", "not an address that can be read"),
    "a local one": ("file:///tmp", "is a web address"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_read_is_one_sentence(name: str, files: SampleFiles) -> None:
    address, named = WRONG[name]
    with pytest.raises(BadInput, match=named) as refused:
        files.add_images(address, nothing)
    assert "\n" not in str(refused.value)


def test_what_has_to_be_installed_is_named(
    files: SampleFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    with pytest.raises(BadInput, match=r'pip install "dalt\[s3\]"'):
        files.add_images("s3://bucket/folder", nothing)


def test_audio_is_added_by_its_ending(files: SampleFiles, bucket: str) -> None:
    import numpy as np
    import soundfile

    sound = io.BytesIO()
    soundfile.write(sound, np.sin(np.arange(8_000) / 9), 8_000, format="WAV")
    write(f"{bucket}/clip.wav", sound.getvalue())
    [sample] = files.add_audio(bucket, nothing).samples
    assert sample.source == f"{bucket}/clip.wav"
    assert len(files.load(sample)) > 8_000
    assert files.display(sample).mime == "audio/wav"


@pytest.mark.parametrize(
    "given", ["C:/a.png", "C:\\a.png", "data:image/png;base64,aa", "a.png", "file://a", 1, None]
)
def test_what_is_no_address(given: object) -> None:
    assert not is_address(given)


# --- the cache ----------------------------------------------------------------------------------


def fill(cache: ContentCache, name: str, size: int = 100) -> Path:
    with cache.incoming() as part:
        part.write_bytes(b"x" * size)
        return cache.keep(part, name)


def test_the_least_recently_used_files_make_room(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path / "cache", lambda: 1_000)
    for number in range(9):
        os.utime(fill(cache, f"{number:02}"), (number, number))
    assert cache.find("00") is not None, "used now"
    fill(cache, "new")
    left = {path.name for path in (tmp_path / "cache").glob("*/*")}
    assert {"00", "new"} <= left and not left & {"01", "02"}
    assert sum(path.stat().st_size for path in (tmp_path / "cache").glob("*/*")) <= 1_000


def test_an_empty_file_as_a_power_cut_leaves_is_fetched_again(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path / "cache", lambda: 1_000)
    fill(cache, "a.png").write_bytes(b"")
    assert cache.find("a.png") is None
    assert fill(cache, "a.png") == cache.find("a.png")


def test_a_file_that_fails_leaves_nothing(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path / "cache", lambda: 1_000)
    with pytest.raises(ValueError), cache.incoming() as part:
        part.write_bytes(b"half")
        raise ValueError
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_file_larger_than_the_cache_is_refused(tmp_path: Path, bucket: str) -> None:
    remote = RemoteFiles(ContentCache(tmp_path / "cache", lambda: 40))
    with pytest.raises(Refused, match="larger than the cache"):
        remote.fetched("image", Address(f"{bucket}/a.png"))
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_small_cache_serves_more_than_it_holds(tmp_path: Path, bucket: str) -> None:
    for number in range(20):
        write(f"{bucket}/many/{number:02}.png", png(number))
    files = SampleFiles(tmp_path / "p.dalt", cache_megabytes=lambda: 0.0004)
    samples = files.add_images(f"{bucket}/many", nothing).samples
    assert [int(files.load(each).max()) for each in samples] == list(range(20))  # type: ignore[union-attr]
    assert sum(path.stat().st_size for path in cached(files)) <= 400


def test_several_processes_share_a_cache(tmp_path: Path) -> None:
    """Each adds and reads: the bound holds, and every file is whole."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(3) as pool:
        whole = pool.starmap(_use, [(tmp_path / "cache", number) for number in range(3)])
    assert all(whole)
    total = sum(path.stat().st_size for path in (tmp_path / "cache").glob("*/*"))
    assert 0 < total <= 10_000
    assert not list((tmp_path / "cache").glob("*.part"))


def _use(folder: Path, worker: int) -> bool:
    cache, good = ContentCache(folder, lambda: 10_000), True
    for number in range(60):
        name = f"{number % 30:02}"
        found = cache.find(name)
        if found is None:
            found = fill(cache, name, 500 + number % 30)
        with suppress(FileNotFoundError):  # another process has made room
            good &= found.stat().st_size == 500 + number % 30
    return good
