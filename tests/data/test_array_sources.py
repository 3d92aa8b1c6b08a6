"""Arrays of images, and the copies that a project keeps."""

import numpy as np
import psutil
import pytest
from raw_samples import add, decoded, entries, noise

from dalt.core.records import BadInput
from dalt.data.sources import RawSamples, SampleFiles


@pytest.mark.parametrize("shape", [(5, 4, 6), (5, 4, 6, 1), (5, 4, 6, 3)])
def test_arrays_are_copied(files, pool, shape):
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    found = add(files, pool, images)
    assert [sample.source for sample in found.samples] == ["0", "1", "2", "3", "4"]
    kept = images.copy().reshape(shape[:3]) if shape[3:] == (1,) else images.copy()
    images[:] = 0
    for sample, image in zip(found.samples, kept, strict=True):
        assert np.array_equal(files.load(sample), image)
        assert np.array_equal(decoded(files.display(sample)), image)
    assert entries(files.folder / "samples") == [found.samples[0].location["file"]]


def test_arrays_share_ids_and_are_known_again(files, pool):
    images = noise(4, 6, 5).transpose(2, 0, 1)[[0, 1, 0, 2]]
    first = add(files, pool, images)
    assert first.ids[0] == first.ids[2]
    assert len(first.samples) == 3
    again = add(files, pool, np.concatenate([images, images + 1]))
    assert again.ids[:4] == first.ids
    assert [sample.source for sample in again.samples] == ["4", "5", "7"]
    assert np.array_equal(files.load(again.samples[2]), images[3] + 1)


def test_a_read_array_does_not_hang_on_the_file(files, pool):
    sample = add(files, pool, noise(2, 4, 4)[..., :3]).samples[0]
    raw = files.load(sample)
    assert type(raw) is np.ndarray
    raw[:] = 0
    assert files.load(sample).any()


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 4, 4)), "This array is float64; images are a uint8 array of shape"),
        (np.zeros((4, 4), np.uint8), r"has shape \(4, 4\)"),
        (np.zeros((2, 4, 4, 4), np.uint8), r"has shape \(2, 4, 4, 4\)"),
        (np.zeros((0, 4, 4), np.uint8), "is empty"),
        (np.zeros((2, 0, 4), np.uint8), "is empty"),
        (np.zeros((30, 30, 3), np.uint8), r"is one colour image; add image\[None\]"),
    ],
)
def test_wrong_arrays_are_refused_in_one_line(files, pool, images, message):
    with pytest.raises(BadInput, match=message) as error:
        add(files, pool, images)
    assert "\n" not in str(error.value)
    assert not files.folder.exists()


def test_dying_before_the_database_knows_is_harmless(files):
    images = noise(4, 4, 3).transpose(2, 0, 1)
    lost = files.add_images(images, lambda ids: {})
    assert files.add_images(images, lambda ids: {}) == lost
    assert len(entries(files.folder / "samples")) == 1
    texts = files.add_texts(["a", "b"], None, lambda ids: {})
    assert files.add_texts(["a", "b"], None, lambda ids: {}) == texts
    assert len(entries(files.folder / "samples")) == 2


def test_an_interruption_leaves_nothing(files):
    def interrupted(what, done, total):
        if done:
            raise KeyboardInterrupt

    texts = [f"text {i}" for i in range(2_500)]
    with pytest.raises(KeyboardInterrupt):
        files.add_texts(texts, None, lambda ids: {}, progress=interrupted)
    assert entries(files.folder / "samples") == []


def test_a_full_disk_is_one_line_and_leaves_nothing(files, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dalt.core.files.os.fsync", full)
    with pytest.raises(BadInput, match=r"samples' cannot be written: No space left .* Make room"):
        files.add_texts(["a"], None, lambda ids: {})
    assert entries(files.folder / "samples") == []


@pytest.mark.parametrize("ending", [".npy", ".jsonl"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut"])
def test_a_damaged_copy_is_one_line(files, pool, ending, damage):
    if ending == ".npy":
        sample = add(files, pool, noise(3, 4, 4)[..., :3]).samples[-1]
    else:
        sample = pool.keep(files.add_texts(["a", "bcd"], None, pool.known)).samples[-1]
    path = files.folder / "samples" / sample.location["file"]
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "empty" else content[:-4])
    with pytest.raises(BadInput, match="can no longer be read: its copy in the project is"):
        SampleFiles(files.folder).load(sample)


def test_many_small_additions_do_not_hold_many_files_open(files, pool):
    for i in range(40):
        pool.keep(files.add_texts([str(i) + "."], None, pool.known))
        pool.keep(files.add_images(np.full((1, 2, 2), i, np.uint8), pool.known))
    samples = list(pool.samples.values())
    texts, pictures = samples[::2], samples[1::2]
    assert list(RawSamples(files, texts)) == [f"{i}." for i in range(40)]
    assert [int(each.max()) for each in RawSamples(files, pictures)] == list(range(40))
    me, ours = psutil.Process(), str(files.folder)
    held = [*me.open_files(), *me.memory_maps()]
    assert not [each.path for each in held if each.path.startswith(ours)]


def test_a_list_of_arrays_is_an_array(files, pool):
    images = noise(4, 6, 5).transpose(2, 0, 1)
    listed = add(files, pool, list(images))
    assert listed.ids == add(files, pool, images).ids
    assert len(listed.samples) == 5


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (
            [np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8)],
            r"entry 0 is uint8 of shape \(4, 4\), entry 1 uint8 of shape \(4, 5\)\. Add those",
        ),
        ([np.zeros((4, 4), np.uint8), "cat.png"], "Entry 1 of this list is 'cat.png', and others"),
        (["cat.png", np.zeros((4, 4), np.uint8)], "Entry 0 of this list is 'cat.png', and others"),
        ([np.zeros((4, 4))], "This array is float64"),
    ],
)
def test_lists_of_other_arrays_are_refused_in_one_line(files, pool, images, message):
    with pytest.raises(BadInput, match=message) as error:
        add(files, pool, images)
    assert "\n" not in str(error.value)
