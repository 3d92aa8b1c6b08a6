"""Kinds of sound files beside the usual: telephones, browsers, and odd WAVs."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from sounds import add, loudest_hertz, one, tone

from dalt.data.readers.audio import RATE


def encoded(
    path, codec, seconds=1.0, rate=48_000, layout="stereo", video=False, form=None, **options
):
    """Write a tone as a telephone or a browser does."""
    wave = np.tile(tone(seconds, rate), (2 if layout == "stereo" else 1, 1))
    with av.open(str(path), "w", format=form, options=options) as container:
        moving = moving_pictures(container) if video else None
        stream = container.add_stream(codec, rate=rate, layout=layout)
        stream.bit_rate = 64_000
        if moving is not None:
            container.mux(moving.encode(black()))
            container.mux(moving.encode(None))
        frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout=layout)
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        for each in av.AudioResampler(stream.codec_context.format, layout, rate).resample(frame):
            fifo.write(each)
        container.start_encoding()
        size = stream.codec_context.frame_size or 1_024
        while (part := fifo.read(size, partial=True)) is not None:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def moving_pictures(container):
    stream = container.add_stream("mpeg4", rate=10)
    stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
    return stream


def black():
    return av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")


KINDS = {
    "voice.m4a": ("aac", None),
    "clip.mp4": ("aac", None),
    "browser.webm": ("libopus", None),
    "voice.aac": ("aac", "adts"),
    "call.3gp": ("aac", "3gp"),
    "old.wma": ("wmav2", "asf"),
    "film.mka": ("libopus", "matroska"),
}


@pytest.mark.parametrize("name", KINDS)
def test_sound_of_telephones_and_browsers_is_heard(files, folder, name):
    codec, form = KINDS[name]
    encoded(folder / name, codec, form=form)
    sample = one(files, folder)  # from the folder: by its ending
    wave = files.load(sample)
    assert wave.dtype == np.float32
    assert len(wave) == pytest.approx(RATE, rel=0.15)
    assert loudest_hertz(wave) == pytest.approx(440, abs=3)
    shown = files.display(sample)
    assert (shown.mime, shown.text) == ("audio/wav", "")
    assert files.file_of(sample) == ((folder / name).read_bytes(), Path(name).suffix)


def test_of_a_video_the_sound_is_heard(files, folder):
    encoded(folder / "a.mp4", "aac", video=True)
    assert loudest_hertz(files.load(one(files, folder))) == pytest.approx(440, abs=3)


def test_a_video_without_sound_is_refused(files, folder):
    with av.open(str(folder / "a.mp4"), "w") as container:
        moving = moving_pictures(container)
        container.mux(moving.encode(black()))
        container.mux(moving.encode(None))
    [left_out] = add(files, folder).rejected
    assert left_out.reason == "a video or sound (MP4) without sound"


def test_of_a_long_recording_the_beginning_is_heard(files, folder):
    sample = one(files, encoded(folder / "a.m4a", "aac", 33.0, 16_000, "mono"))
    assert len(files.load(sample)) == 30 * RATE
    assert files.display(sample).text == "The first 30 s of 0:33 min"


@pytest.mark.parametrize("live", ["0", "1"])
def test_a_recording_over_ten_minutes_is_refused(files, folder, live):
    """Browsers write files whose header gives no length."""
    encoded(folder / "a.mka", "pcm_u8", 601, 1_000, "mono", form="matroska", live=live)
    [left_out] = add(files, folder).rejected
    assert left_out.reason == "too long (the limit is 10:00 min); cut it into clips"


@pytest.mark.parametrize("name", ["voice.m4a", "browser.webm", "voice.aac"])
def test_no_recording_cut_short_breaks_later(files, folder, name):
    codec, form = KINDS[name]
    whole = encoded(folder / name, codec, 3.0, form=form).read_bytes()
    for part in range(1, 8):
        (folder / f"{part}{name}").write_bytes(whole[: len(whole) * part // 8])
    found = add(files, folder)
    assert len(found.ids) + len(found.rejected) == 8
    for sample in found.samples:
        assert files.load(sample).size


def test_the_extra_that_is_missing_is_named(files, folder, monkeypatch):
    encoded(folder / "a.m4a", "aac")
    encoded(folder / "b.webm", "libopus")
    monkeypatch.setitem(sys.modules, "av", None)
    assert [each.reason for each in add(files, folder).rejected] == [
        'sound (M4A), which needs PyAV: `pip install "dalt[av]"`, or convert it to FLAC or WAV',
        'a video or sound (WebM or Matroska), which needs PyAV: `pip install "dalt[av]"`, or '
        "convert it to FLAC or WAV",
    ]


def test_a_playlist_opens_no_other_file(files, folder):
    """FFmpeg would read what a list names; DALT names the form of a file instead."""
    encoded(folder / "a.m4a", "aac")
    (folder / "b.mp3").write_text(f"#EXTM3U\n#EXTINF:1,\n{folder / 'a.m4a'}\n")
    assert [str(each) for each in add(files, folder).rejected] == [
        "clips/b.mp3: not audio that can be read"
    ]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.mp3", b"<!doctype html>\n<title>404</title>", "a web page (HTML), which servers send"),
        ("a.mid", b"MThd\0\0\0\6" + bytes(20), "notes (MIDI), not sound; play it into a WAV file"),
        ("a.wav", b"PK\3\4" + bytes(30), "an archive (zip); unpack it and add the folder"),
        ("b.wav", b"\x89PNG\r\n\x1a\n" + bytes(30), "a picture in PNG, not audio"),
        ("a.m4a", b"\0\0\0\x20ftypM4A " + bytes(99), "sound (M4A) that cannot be decoded; convert"),
    ],
)
def test_what_is_not_heard_is_named_for_what_it_is(files, folder, name, content, reason):
    (folder / name).write_bytes(content)
    [left_out] = add(files, folder).rejected
    assert left_out.reason.startswith(reason)


# --- odd WAVs -----------------------------------------------------------------------------------


def wav(sound, form=1, bits=16, valid=None, size=None, riff=None):
    """A WAV with a header as other programs write it."""
    whole = np.clip(sound, -1, 1)
    if form in (3,):
        data = whole.astype("<f4" if bits == 32 else "<f8").tobytes()
    elif bits == 8:
        data = np.uint8(np.rint(whole * 127) + 128).tobytes()
    else:
        n_bytes = (bits + 7) // 8
        scaled = np.rint(whole * (2 ** (n_bytes * 8 - 1) - 1)).astype("<i4")
        data = scaled.view(np.uint8).reshape(-1, 4)[:, :n_bytes].tobytes()
    n_bytes = (bits + 7) // 8
    head = struct.pack("<HHIIHH", form, 1, RATE, RATE * n_bytes, n_bytes, bits)
    if valid is not None:
        guid = struct.pack("<H", form) + bytes.fromhex("000000001000800000aa00389b71")
        head = struct.pack("<HHIIHH", 0xFFFE, 1, RATE, RATE * n_bytes, n_bytes, n_bytes * 8)
        head += struct.pack("<HHI", 22, valid, 4) + guid
    body = b"fmt " + struct.pack("<I", len(head)) + head + b"data"
    body += struct.pack("<I", len(data) if size is None else size) + data
    return b"RIFF" + struct.pack("<I", len(body) + 4 if riff is None else riff) + b"WAVE" + body


ODD = {
    "8 bits": {"bits": 8},
    "12 bits in 16": {"bits": 12},
    "12 bits in 16, extensible": {"bits": 16, "valid": 12},
    "20 bits in 24, extensible": {"bits": 24, "valid": 20},
    "24 bits": {"bits": 24},
    "32 bits": {"bits": 32},
    "floats": {"bits": 32, "form": 3},
    "doubles": {"bits": 64, "form": 3},
    "floats, extensible": {"bits": 32, "form": 3, "valid": 32},
    "size 0": {"size": 0},
    "sizes 0": {"size": 0, "riff": 0},
    "size unknown": {"size": 0xFFFFFFFF, "riff": 0xFFFFFFFF},
    "size of another program": {"size": 0x7FFFFFFF, "riff": 0x7FFFFFFF},
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_wavs_are_heard(files, folder, kind):
    (folder / "a.wav").write_bytes(wav(tone(), **ODD[kind]))
    sample = one(files, folder)
    wave = files.load(sample)
    assert len(wave) == len(tone())
    assert np.abs(wave - tone()).max() < 0.02
    played, rate = soundfile.read(_file(folder, files.display(sample).data))
    assert (rate, len(played)) == (RATE, len(tone()))


def _file(folder, data):
    (folder / "shown").write_bytes(data)
    return folder / "shown"


@pytest.mark.parametrize("subtype", ["ALAW", "ULAW", "IMA_ADPCM", "MS_ADPCM", "GSM610", "PCM_U8"])
def test_wavs_of_other_codings_are_heard(files, folder, subtype):
    soundfile.write(folder / "a.wav", tone(), RATE, subtype=subtype)
    assert loudest_hertz(files.load(one(files, folder))) == pytest.approx(440, abs=3)


def test_a_streamed_wav_that_is_too_long_is_refused(files, folder):
    begin = wav(tone(), size=0)[:44]
    with (folder / "a.wav").open("wb") as file:
        file.write(begin)
        file.truncate(44 + 2 * RATE * 601)
    [left_out] = add(files, folder).rejected
    assert left_out.reason.startswith("too long: 10:01 min")


def test_a_wav_without_sound_says_so(files, folder):
    listed = b"LIST" + struct.pack("<I", 4) + b"INFO"
    (folder / "a.wav").write_bytes(wav(np.zeros(0)))
    (folder / "b.wav").write_bytes(wav(np.zeros(0)) + listed)
    assert {each.reason for each in add(files, folder).rejected} == {"no sound in it (0 s)"}
