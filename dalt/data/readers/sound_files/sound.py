"""What all kinds of sound files share: the protocol, and the limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from dalt.core.records import Floats
from dalt.data.readers.paths import Refused

MOST_SECONDS = 600
MOST_CHANNELS = 32
RATES = (1_000, 400_000)


class Sound(Protocol):
    """An open sound file."""

    @property
    def rate(self) -> int:
        """Samples per second."""

    @property
    def n_channels(self) -> int:
        """Number of channels."""

    @property
    def n_frames(self) -> int | None:
        """How many samples each channel has, as the file says; None if it does not."""

    @property
    def tolerance(self) -> int:
        """How many fewer it may have."""

    @property
    def mime(self) -> str:
        """Its type, if every browser plays it; else empty."""

    def blocks(self, n_frames: int) -> Iterator[Floats]:
        """Decode, once: blocks of shape (n, n_channels), until the file or `n_frames` end."""


def require_usable(sound: Sound) -> None:
    """Refuse what is silent, too long, or has an odd rate or too many channels.

    Raises
    ------
    Refused
        With the reason.
    """
    if sound.n_frames is not None and sound.n_frames <= 0:
        raise Refused("no sound in it (0 s)")
    if not RATES[0] <= sound.rate <= RATES[1]:
        low, high = (f"{rate:,}" for rate in RATES)
        raise Refused(f"a rate of {sound.rate:,} Hz (it must be {low} to {high})")
    if sound.n_channels > MOST_CHANNELS:
        raise Refused(f"{sound.n_channels:,} channels (the limit is {MOST_CHANNELS})")
    if sound.n_frames is not None:
        require_short(sound.n_frames / sound.rate)


def require_short(seconds: float) -> None:
    """Refuse what is too long.

    Raises
    ------
    Refused
        With its length.
    """
    if seconds > MOST_SECONDS:
        limit = clock(MOST_SECONDS)
        raise Refused(f"too long: {clock(seconds)} (the limit is {limit}); cut it into clips")


def clock(seconds: float) -> str:
    """Minutes and seconds.

    Examples
    --------
    >>> clock(65.2), clock(3_600)
    ('1:05 min', '60:00 min')
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02} min"
