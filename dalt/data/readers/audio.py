"""Audio files: strict checks, decoding to waveforms, and preparing for a page."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from dalt.core.records import Display, Floats
from dalt.data.readers.folders import Meant
from dalt.data.readers.paths import Refused, reason_of, require_file

RATE = 22_050
"""Samples per second of every waveform that is read."""
HEARD_SECONDS = 30
"""Encoders and the page get the beginning of longer clips."""
MOST_SECONDS = 600
MOST_CHANNELS = 32
RATES = (1_000, 400_000)
BLOCK = 65_536

READ = frozenset({".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".caf"})
NOT_READ = frozenset({".m4a", ".aac", ".wma", ".amr", ".ac3", ".weba"})
"""Audio that libsndfile does not decode: taken from folders to be rejected by name."""
MEANT = Meant("audio files", "a folder or a list of paths", endings=READ | NOT_READ)

BROWSER_READY = {
    ("WAV", "PCM_16"): "audio/wav",
    ("WAV", "PCM_U8"): "audio/wav",
    ("FLAC", "PCM_16"): "audio/flac",
    ("FLAC", "PCM_24"): "audio/flac",
    ("OGG", "VORBIS"): "audio/ogg",
    ("OGG", "OPUS"): "audio/ogg",
    ("MP3", "MPEG_LAYER_III"): "audio/mpeg",
}
PASSED_BYTES = 1_000_000


def check(path: Path) -> None:
    """Make sure that an audio file can be loaded, by decoding it to its end.

    Raises
    ------
    Refused
        With the reason.
    """
    with _opened(path) as file:
        decoded = sum(len(block) for block in _blocks(file, file.frames))
        # The library ends without an error if a stream breaks off.
        if decoded < file.frames:
            raise Refused("damaged or cut short")


def read(path: Path) -> Floats:
    """Decode the first 30 s of an audio file: its channels averaged, at 22,050 Hz.

    Returns
    -------
    ndarray of shape (n,), float32
        Full scale is from -1 to 1; NaN becomes silence.

    Raises
    ------
    Refused
        With the reason.
    """
    with _opened(path) as file:
        rate: int = file.samplerate
        blocks = [block.mean(axis=1) for block in _blocks(file, rate * HEARD_SECONDS)]
        if not blocks:
            raise Refused("damaged or cut short")
    wave = np.nan_to_num(np.concatenate(blocks), posinf=0.0, neginf=0.0)
    return _resampled(wave, rate)[: RATE * HEARD_SECONDS]


def display_file(path: Path) -> Display:
    """Make the audio that a page plays.

    Small files that every browser plays are passed unchanged; for all others the page gets the
    encoders' input, as WAV.

    Raises
    ------
    Refused
        With the reason.
    """
    with _opened(path) as file:
        mime = BROWSER_READY.get((file.format, file.subtype))
        seconds = file.frames / file.samplerate
        short = seconds <= HEARD_SECONDS and os.stat(path).st_size <= PASSED_BYTES
        if mime and short and file.channels <= 2:
            return Display(kind="audio", mime=mime, data=path.read_bytes())
    note = "" if seconds <= HEARD_SECONDS else f"The first {HEARD_SECONDS} s of {_clock(seconds)}"
    return Display(kind="audio", mime="audio/wav", data=_wav(read(path)), text=note)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open an audio file; any error inside the block becomes `Refused`."""
    import soundfile

    require_file(path)
    try:
        path.open("rb").close()  # to get the system's own reason, which the library loses
        # By name: the library reads Python's files through callbacks, whose errors (a seek to
        # before the beginning) are printed and not raised.
        with soundfile.SoundFile(os.fsencode(path)) as file:
            _require_usable(file)
            yield file
    except Refused:
        raise
    except OSError as error:
        raise Refused(reason_of(error)) from None
    except Exception:  # hostile bytes raise many things: all mean the same here
        raise Refused(_unread(path)) from None


def _require_usable(file: Any) -> None:
    if file.frames <= 0:
        raise Refused("no sound in it (0 s)")
    if not RATES[0] <= file.samplerate <= RATES[1]:
        low, high = (f"{rate:,}" for rate in RATES)
        raise Refused(f"a rate of {file.samplerate:,} Hz (it must be {low} to {high})")
    if file.channels > MOST_CHANNELS:
        raise Refused(f"{file.channels:,} channels (the limit is {MOST_CHANNELS})")
    seconds = file.frames / file.samplerate
    if seconds > MOST_SECONDS:
        limit = _clock(MOST_SECONDS)
        raise Refused(f"too long: {_clock(seconds)} (the limit is {limit}); cut it into clips")


def _unread(path: Path) -> str:
    ending = path.suffix.lower()
    if ending in NOT_READ:
        return f"audio in a format that is not read ({ending[1:]}); convert it to FLAC or WAV"
    with path.open("rb") as file:
        begin = file.read(12)
    known = begin.startswith((b"fLaC", b"OggS", b"ID3", b"FORM", b"caff", b".snd"))
    known = known or (begin[:4] in (b"RIFF", b"RIFX", b"RF64") and begin[8:] == b"WAVE")
    return "damaged or cut short" if known else "not audio that can be read"


def _blocks(file: Any, n_frames: int) -> Iterator[Floats]:
    """Yield blocks of shape (n, n_channels), float32, until the file or `n_frames` end."""
    left = n_frames
    while left > 0:
        block = file.read(min(BLOCK, left), dtype="float32", always_2d=True)
        if not len(block):
            return
        left -= len(block)
        yield block


def _resampled(wave: Floats, rate: int) -> Floats:
    if rate == RATE:
        return wave
    from scipy.signal import resample_poly

    # Odd rates would need filters of millions of taps; the pitch is off by a millionth.
    ratio = Fraction(RATE, rate).limit_denominator(1_000)
    return np.asarray(resample_poly(wave, ratio.numerator, ratio.denominator), np.float32)


def _wav(wave: Floats) -> bytes:
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, np.clip(wave, -1, 1), RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def _clock(seconds: float) -> str:
    """Minutes and seconds.

    Examples
    --------
    >>> _clock(65.2), _clock(3_600)
    ('1:05 min', '60:00 min')
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02} min"
