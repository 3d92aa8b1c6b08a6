"""Sound that libsndfile decodes: WAV, FLAC, Ogg, MP3, AIFF, AU, CAF."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dalt.core.records import Floats
from dalt.data.readers.sound_files.wav import mended

BROWSER_READY = {
    ("WAV", "PCM_16"): "audio/wav",
    ("WAV", "PCM_U8"): "audio/wav",
    ("FLAC", "PCM_16"): "audio/flac",
    ("FLAC", "PCM_24"): "audio/flac",
    ("OGG", "VORBIS"): "audio/ogg",
    ("OGG", "OPUS"): "audio/ogg",
    ("MP3", "MPEG_LAYER_III"): "audio/mpeg",
}
BLOCK = 65_536


class LibsndfileSound:
    """A sound; see `dalt.data.readers.sound_files.sound.Sound`.

    Parameters
    ----------
    file : soundfile.SoundFile
    mended : bool
        Whether the file itself has a wrong header.
    """

    def __init__(self, file: Any, mended: bool) -> None:
        self._file = file
        self._mended = mended

    @property
    def rate(self) -> int:
        """Samples per second."""
        return int(self._file.samplerate)

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return int(self._file.channels)

    @property
    def n_frames(self) -> int:
        """How many samples each channel has."""
        return int(self._file.frames)

    @property
    def tolerance(self) -> int:
        """How many fewer it may have: it knows exactly."""
        return 0

    @property
    def mime(self) -> str:
        """Its type, if every browser plays it."""
        if self._mended:
            return ""
        return BROWSER_READY.get((self._file.format, self._file.subtype), "")

    def blocks(self, n_frames: int) -> Iterator[Floats]:
        """Decode to float32."""
        left = n_frames
        while left > 0:
            block = self._file.read(min(BLOCK, left), dtype="float32", always_2d=True)
            if not len(block):
                return
            left -= len(block)
            yield block


@contextmanager
def opened(path: Path) -> Iterator[LibsndfileSound]:
    """Open a file; a WAV whose header was never finished is read from a mended copy."""
    import soundfile

    content = mended(path)
    # By name: the library reads Python's files through callbacks, whose errors (a seek to
    # before the beginning) are printed and not raised.
    if content is None:
        with soundfile.SoundFile(os.fsencode(path)) as file:
            yield LibsndfileSound(file, mended=False)
        return
    with tempfile.NamedTemporaryFile(suffix=".wav") as copy:
        copy.write(content)
        copy.flush()
        with soundfile.SoundFile(os.fsencode(copy.name)) as file:
            yield LibsndfileSound(file, mended=True)
