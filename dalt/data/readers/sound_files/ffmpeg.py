"""Sound that FFmpeg decodes, with the extra `av`: MP4, M4A, WebM, AAC and others."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from dalt.core.records import Floats
from dalt.data.readers.paths import Refused
from dalt.data.readers.signatures import AS_SOUND, Signature

# Named, so that a file cannot choose a form that reads other files or addresses (a playlist).
DEMUXERS = {
    "M4A": "mp4", "MP4": "mp4", "MOV": "mp4", "3GP": "mp4", "WebM or Matroska": "matroska",
    "AAC": "aac", "AMR": "amr", "AC-3": "ac3", "Windows Media": "asf", "WavPack": "wv",
    "Monkey's Audio": "ape", "DSD": "dsf", "AVI": "avi", "MPEG": "mpeg", "Flash video": "flv",
}  # fmt: skip
EXACT = frozenset(("M4A", "MP4", "MOV", "3GP", "WavPack", "Monkey's Audio"))
"""Kinds of files whose length stands in them; that of others FFmpeg may guess from their size."""
MISSING_SECONDS = 1.0
"""How much less than the file says may be in it: encoders pad and round."""


class FfmpegSound:
    """A sound; see `dalt.data.readers.sound_files.sound.Sound`.

    Parameters
    ----------
    frames : iterator of av.AudioFrame
    seconds : float or None
        Its length, as the file says.
    """

    mime = ""

    def __init__(self, frames: Iterator[Any], seconds: float | None) -> None:
        first = next(frames, None)
        if first is None:
            raise Refused("no sound in it (0 s)")
        self._first = first
        self._frames = itertools.chain([first], frames)
        self._seconds = seconds

    @property
    def rate(self) -> int:
        """Samples per second."""
        return int(self._first.sample_rate)

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return len(self._first.layout.channels)

    @property
    def n_frames(self) -> int | None:
        """How many samples each channel should have."""
        return None if self._seconds is None else round(self._seconds * self.rate)

    @property
    def tolerance(self) -> int:
        """How many fewer it may have: encoders pad and round."""
        return round(MISSING_SECONDS * self.rate)

    def blocks(self, n_frames: int) -> Iterator[Floats]:
        """Decode to float32."""
        from av import AudioResampler

        first = self._first
        resampler = AudioResampler(format="fltp", layout=first.layout, rate=first.sample_rate)
        left = n_frames
        for frame in itertools.chain(self._frames, [None]):
            for made in resampler.resample(frame):
                block = made.to_ndarray().T[:left].astype(np.float32, copy=False)
                left -= len(block)
                if len(block):
                    yield block
                if left <= 0:
                    return


@contextmanager
def opened(path: Path, signature: Signature) -> Iterator[FfmpegSound]:
    """Open a file.

    Raises
    ------
    Refused
        If the extra is not installed, or there is no sound in the file.
    """
    try:
        import av
    except ImportError:
        raise Refused(
            f'{signature.what}, which needs PyAV: `pip install "dalt[av]"`, or {AS_SOUND}'
        ) from None
    try:
        with av.open(str(path), format=DEMUXERS[signature.name]) as container:
            if not container.streams.audio:
                raise Refused(f"{signature.what} without sound")
            stream = container.streams.audio[0]
            stream.codec_context.thread_count = 1
            length, base = stream.duration, stream.time_base
            exact = signature.name in EXACT
            seconds = float(length * base) if exact and length and base else None
            yield FfmpegSound(container.decode(stream), seconds)
    except (av.FFmpegError, ValueError):
        raise Refused(f"{signature.what} that cannot be decoded; {AS_SOUND}") from None
