"""Audio files: strict checks, decoding to waveforms, and preparing for a page."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np

from dalt.core.records import Display, Floats
from dalt.data.readers.folders import Meant
from dalt.data.readers.paths import Refused, reason_of, require_file
from dalt.data.readers.signatures import AS_SOUND, BEGINNING, Signature, identified
from dalt.data.readers.sound_files import ffmpeg, sndfile
from dalt.data.readers.sound_files.sound import (
    MOST_SECONDS,
    Sound,
    clock,
    require_usable,
)

RATE = 22_050
"""Samples per second of every waveform that is read."""
HEARD_SECONDS = 30
"""Encoders and the page get the beginning of longer clips."""

READ = frozenset(
    (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".caf")
)
OF_FFMPEG = frozenset(
    (".m4a", ".m4b", ".mp4", ".aac", ".webm", ".weba", ".mka", ".3gp", ".wma", ".amr", ".ac3")
)
"""Endings of sound that the extra `av` reads."""
NOT_READ = frozenset((".mid", ".midi"))
"""Taken from folders to be rejected by name."""
MEANT = Meant("audio files", "a folder or a list of paths", endings=READ | OF_FFMPEG | NOT_READ)

PASSED_BYTES = 1_000_000
ALWAYS_NAMED = frozenset(("HTML", "XML", "Git LFS", "MIDI", "zip", "rar", "7z", "tar", "gzip"))
"""Kinds of files whose way out holds for sound, too."""
BY_NAME = frozenset(("WAV", "FLAC", "Ogg", "MP3", "AIFF", "CAF", "AU"))
"""Kinds of files that libsndfile should read."""


def check(path: Path, page: int | None = None) -> None:
    """Make sure that an audio file can be loaded, by decoding it to its end; it has no pages.

    Raises
    ------
    Refused
        With the reason.
    """
    with _opened(path) as sound:
        most = sound.rate * MOST_SECONDS + 1
        wanted = most if sound.n_frames is None or sound.tolerance else min(sound.n_frames, most)
        decoded = sum(len(block) for block in sound.blocks(wanted))
        if decoded == most:  # the header did not say so
            raise Refused(f"too long (the limit is {clock(MOST_SECONDS)}); cut it into clips")
        if not decoded:
            raise Refused("damaged or cut short")
        # The libraries end without an error if a stream breaks off.
        if sound.n_frames is not None and decoded < sound.n_frames - sound.tolerance:
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
    with _opened(path) as sound:
        return _heard(sound)


def display_file(path: Path) -> Display:
    """Make the audio that a page plays.

    Small files that every browser plays are passed unchanged; for all others the page gets the
    encoders' input, as WAV.

    Raises
    ------
    Refused
        With the reason.
    """
    with _opened(path) as sound:
        seconds = None if sound.n_frames is None else sound.n_frames / sound.rate
        short = seconds is not None and seconds <= HEARD_SECONDS
        small = os.stat(path).st_size <= PASSED_BYTES
        if sound.mime and short and small and sound.n_channels <= 2:
            return Display(kind="audio", mime=sound.mime, data=path.read_bytes())
        wave = _heard(sound)
    note = ""
    if seconds is not None and not short:
        note = f"The first {HEARD_SECONDS} s of {clock(seconds)}"
    elif seconds is None and len(wave) >= RATE * HEARD_SECONDS:
        note = f"The first {HEARD_SECONDS} s"
    return Display(kind="audio", mime="audio/wav", data=_wav(wave), text=note)


@contextmanager
def _opened(path: Path) -> Iterator[Sound]:
    """Open an audio file; any error inside the block becomes `Refused`."""
    require_file(path)
    signature: Signature | None = None
    try:
        with path.open("rb") as file:  # also to get the system's own reason
            signature = identified(file.read(BEGINNING), path.name)
        special = signature is not None and signature.name in ffmpeg.DEMUXERS
        opening = ffmpeg.opened(path, signature) if special and signature else sndfile.opened(path)
        with opening as sound:
            require_usable(sound)
            yield sound
    except Refused:
        raise
    except OSError as error:
        raise Refused(reason_of(error)) from None
    except Exception:  # hostile bytes raise many things: all mean the same here
        raise Refused(_unread(signature)) from None


def _unread(signature: Signature | None) -> str:
    if signature is None:
        return "not audio that can be read"
    if signature.name in BY_NAME:
        return "damaged or cut short"
    if signature.name in ALWAYS_NAMED:
        return f"{signature.what}; {signature.way_out}"
    if signature.way_out == AS_SOUND:
        return f"{signature.what}; {AS_SOUND}"
    return f"{signature.what}, not audio"


def _heard(sound: Sound) -> Floats:
    blocks = [block.mean(axis=1) for block in sound.blocks(sound.rate * HEARD_SECONDS)]
    if not blocks:
        raise Refused("damaged or cut short")
    wave = np.nan_to_num(np.concatenate(blocks), posinf=0.0, neginf=0.0)
    return _resampled(wave, sound.rate)[: RATE * HEARD_SECONDS]


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
