"""Audio files in, samples out."""

import io
import os
import sys

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from sounds import add, loudest_hertz, one, tone

from dalt.core.records import BadInput
from dalt.data.readers import audio as clips
from dalt.data.readers.audio import RATE
from dalt.data.sources import SampleFiles

FORMATS = ["WAV", "FLAC", "OGG", "AIFF", "AU", "CAF"]


def save(path, sound=None, rate=RATE, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, tone(rate=rate) if sound is None else sound, rate, **options)
    return path


# --- folders ------------------------------------------------------------------------


def test_a_folder_gives_its_audio_in_order_and_nothing_else(files, folder):
    for i, name in enumerate(["b.wav", "a/z.flac", "a/deep/c.OGG", "c.mp3", "d.aiff"]):
        save(folder / name, tone(hertz=300 + 100 * i))
    for name in ("README.md", "cover.png", ".hidden.wav", "old.dalt/x.wav", ".git/x.wav"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    found = add(files, folder)
    assert found.rejected == []
    assert [sample.source for sample in found.samples] == [
        "clips/a/deep/c.OGG",
        "clips/a/z.flac",
        "clips/b.wav",
        "clips/c.mp3",
        "clips/d.aiff",
    ]
    assert {sample.kind for sample in found.samples} == {"audio"}
    assert not files.folder.exists()  # files are referred to, not copied


def test_equal_content_shares_one_id_and_adding_again_adds_nothing(files, folder, monkeypatch):
    save(folder / "a.wav")
    (folder / "b.wav").write_bytes((folder / "a.wav").read_bytes())
    found = add(files, folder)
    assert len(found.samples) == 1
    assert found.ids == [found.samples[0].id] * 2
    monkeypatch.setattr(clips, "check", None)  # what is known is not decoded
    again = files.add_audio(folder, lambda ids: dict.fromkeys(ids, "before"))
    assert (again.ids, again.samples) == (found.ids, [])


def test_a_file_that_is_named_is_looked_at_whatever_its_ending(files, folder):
    save(folder / "sound.dat", format="WAV")
    assert one(files, [folder / "sound.dat"]).source == "clips/sound.dat"


@pytest.mark.skipif(sys.platform != "linux", reason="file names are Unicode there")
def test_file_names_need_not_be_unicode(files, folder):
    (folder / os.fsdecode(b"caf\xe9.wav")).write_bytes(save(folder / "a.wav").read_bytes())
    (folder / "a.wav").unlink()
    assert len(files.load(one(files, folder))) == RATE // 2


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        ("nowhere", "There is no file or folder 'nowhere' (looked in "),
        ("bare", "There are no audio files in the folder 'bare'."),
        ([], "There are no audio files to add."),
        (7, "Audio files are given as a folder or a list of paths, not as int."),
        (["a.wav", 7], "Entry 1 of the list of audio files is int, not a path."),
    ],
)
def test_what_is_no_audio_is_refused_in_one_line(files, tmp_path, monkeypatch, audio, message):
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "notes.txt").write_text("no sound")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput) as error:
        add(files, audio)
    assert str(error.value).startswith(message)


# --- files that cannot be used ------------------------------------------------------


def test_bad_files_are_rejected_by_name_and_the_rest_goes_in(files, folder):
    flac = save(folder / "good.flac", tone(2.0)).read_bytes()
    contents = {
        "cut.flac": (flac[: len(flac) // 2], "damaged or cut short"),
        "flipped.flac": (flac[:500] + b"\0" * 5_000 + flac[5_500:], "damaged or cut short"),
        "header.flac": (flac[:20], "damaged or cut short"),
        "empty.wav": (b"", "empty file (0 bytes)"),
        "noise.mp3": (b"\x12\x34" * 300, "not audio that can be read"),
        "phone.m4a": (
            b"\0\0\0 ftypM4A ",
            "sound (M4A) that cannot be decoded; convert it to FLAC or WAV",
        ),
        "text.wav": (b"I am no sound.\n", "not audio that can be read"),
    }
    for name, (content, _) in contents.items():
        (folder / name).write_bytes(content)
    save(folder / "long.wav", np.zeros(601 * 1_000, np.float32), 1_000)
    save(folder / "many.wav", np.zeros((10, 33), np.float32))
    save(folder / "none.wav", np.zeros(0, np.float32))
    save(folder / "slow.wav", rate=500)
    reasons = {name: reason for name, (_, reason) in contents.items()} | {
        "long.wav": "too long: 10:01 min (the limit is 10:00 min); cut it into clips",
        "many.wav": "33 channels (the limit is 32)",
        "none.wav": "no sound in it (0 s)",
        "slow.wav": "a rate of 500 Hz (it must be 1,000 to 400,000)",
    }
    found = add(files, folder)
    assert {r.source.removeprefix("clips/"): r.reason for r in found.rejected} == reasons
    assert [sample.source for sample in found.samples] == ["clips/good.flac"]


@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG", "MP3"])
def test_no_file_cut_short_gets_in_and_breaks_later(files, folder, format):
    whole = io.BytesIO()
    soundfile.write(whole, tone(1.0), RATE, format=format)
    content = whole.getvalue()
    for part in range(1, 20):
        (folder / f"{part:02}.wav").write_bytes(content[: len(content) * part // 20])
    found = add(files, folder)
    assert len(found.ids) + len(found.rejected) == 19
    for sample in found.samples:
        assert files.load(sample).size
        assert files.display(sample).data


def test_a_file_that_is_gone_or_damaged_later_is_named(files, folder):
    path = save(folder / "a.wav")
    sample = one(files, path)
    path.write_bytes(b"RIFF")
    with pytest.raises(BadInput, match=r"'clips/a.wav' can no longer be read: its file has"):
        files.load(sample)
    path.unlink()
    with pytest.raises(BadInput, match=r"'clips/a.wav' can no longer be read: no such file"):
        files.display(sample)


@given(data=st.data())
def test_files_of_any_bytes_are_taken_or_rejected(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    whole = io.BytesIO()
    soundfile.write(whole, tone(0.02), RATE, format=data.draw(st.sampled_from(FORMATS)))
    content = bytearray(whole.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (folder / "x").write_bytes(content)
    files = SampleFiles(folder / "s.dalt")
    found = add(files, folder / "x")
    assert len(found.ids) + len(found.rejected) == 1
    for sample in found.samples:
        assert np.isfinite(np.asarray(files.load(sample))).all()
        assert files.display(sample).data


# --- what sounds are like -----------------------------------------------------------


@pytest.mark.parametrize("format", ["wav", "flac", "ogg", "mp3"])
def test_every_format_is_heard_alike(files, folder, format):
    wave = files.load(one(files, save(folder / f"a.{format}")))
    assert wave.dtype == np.float32
    assert len(wave) == pytest.approx(RATE / 2, rel=0.15)  # MP3 fills up its last frame
    assert loudest_hertz(wave) == pytest.approx(440, abs=3)
    assert np.abs(wave).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("rate", [8_000, 44_100, 44_101, 96_000])
def test_every_rate_comes_to_one(files, folder, rate):
    wave = files.load(one(files, save(folder / "a.wav", tone(1.0, rate), rate)))
    assert len(wave) == pytest.approx(RATE, abs=30)
    assert loudest_hertz(wave) == pytest.approx(440, abs=1)


def test_channels_are_averaged(files, folder):
    both = np.stack([tone(), np.zeros(RATE // 2, np.float32)], 1)
    wave = files.load(one(files, save(folder / "a.wav", both, subtype="FLOAT")))
    assert np.allclose(wave, tone() / 2)


def test_values_that_are_no_numbers_are_silence(files, folder):
    sound = tone()
    sound[100:103] = [np.nan, np.inf, -np.inf]
    wave = files.load(one(files, save(folder / "a.wav", sound, subtype="FLOAT")))
    assert wave[100:103].tolist() == [0, 0, 0]
    assert np.isfinite(wave).all()


def test_of_a_long_clip_the_beginning_is_heard(files, folder):
    sound = np.concatenate([tone(31.0, 8_000, 440), tone(5.0, 8_000, 880)])
    sample = one(files, save(folder / "a.wav", sound, 8_000))
    wave = files.load(sample)
    assert len(wave) == 30 * RATE
    assert loudest_hertz(wave[-RATE:]) == pytest.approx(440, abs=1)
    assert files.display(sample).text == "The first 30 s of 0:36 min"


# --- on the page --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.wav", "audio/wav"),
        ("a.flac", "audio/flac"),
        ("a.ogg", "audio/ogg"),
        ("a.mp3", "audio/mpeg"),
    ],
)
def test_what_browsers_play_goes_as_it_is(files, folder, name, mime):
    path = save(folder / name)
    shown = files.display(one(files, path))
    assert (shown.kind, shown.mime, shown.text) == ("audio", mime, "")
    assert shown.data == path.read_bytes()


@pytest.mark.parametrize("name", ["a.aiff", "large.wav", "a.au"])
def test_all_else_goes_as_wav(files, folder, name):
    sound, rate = (tone(25.0, 44_100), 44_100) if name == "large.wav" else (tone(), RATE)
    shown = files.display(one(files, save(folder / name, sound, rate)))
    assert shown.mime == "audio/wav"
    played, rate = soundfile.read(io.BytesIO(shown.data))
    assert rate == RATE
    assert loudest_hertz(played) == pytest.approx(440, abs=3)
    assert np.abs(played).max() == pytest.approx(0.5, abs=0.01)
