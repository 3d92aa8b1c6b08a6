"""Sounds that a program makes, of four kinds."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dalt.core.files import write_atomically

RATE = 22_050
Wave = NDArray[np.float64]


def write_sounds(folder: Path, n: int, seed: int = 0) -> Path:
    """Write `n` sounds as WAV files, which tell their kind by ear alone; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    kinds = list(_KINDS.values())
    for number in range(n):
        make = kinds[random.integers(len(kinds))]
        _write(folder / f"sound-{number:03}.wav", make(random))
    return folder


def _write(path: Path, sound: Wave) -> None:
    level = np.clip(0.8 * sound / max(1e-9, np.abs(sound).max()), -1, 1)
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((level * 32_767).astype("<i2").tobytes())
    write_atomically(path, content.getvalue(), durable=False)


def _string(random: np.random.Generator) -> Wave:
    """A plucked string (Karplus and Strong, 1983)."""
    pitch = _pitch(random, 82, 440)
    period = round(RATE / pitch)
    line, out = random.uniform(-1, 1, period), np.empty(round(1.6 * RATE))
    for start in range(0, len(out), period):
        part = out[start : start + period]
        part[:] = line[: len(part)]
        line = 0.996 * 0.5 * (line + np.roll(line, 1))
    return out


def _bell(random: np.random.Generator) -> Wave:
    """A bell: partials that are no multiples of one tone, the high ones gone first."""
    pitch, time = _pitch(random, 300, 900), _time(2.0)
    partials = (0.5, 1.0, 1.19, 1.5, 2.0, 2.51, 2.66, 3.01, 4.1)
    return np.sum(
        [
            random.uniform(0.4, 1) / (1 + k) * np.sin(2 * np.pi * pitch * each * time)
            * np.exp(-time * (1.2 + 0.9 * k))
            for k, each in enumerate(partials)
        ],
        axis=0,
    )  # fmt: skip


def _flute(random: np.random.Generator) -> Wave:
    """A flute: few overtones, breath, and a slow swing of the pitch."""
    pitch, time = _pitch(random, 392, 1_047), _time(1.4)
    phase = 2 * np.pi * pitch * time + 0.9 * np.sin(2 * np.pi * random.uniform(4.5, 6) * time)
    tone = np.sin(phase) + 0.25 * np.sin(2 * phase) + 0.06 * np.sin(3 * phase)
    rises, falls = np.minimum(1, time / 0.12), np.minimum(1, (time[-1] - time) / 0.2)
    return (tone + 0.08 * random.standard_normal(len(time))) * rises * falls


def _drum(random: np.random.Generator) -> Wave:
    """A drum: a low tone that falls, and the stroke."""
    pitch, time = random.uniform(60, 140), _time(0.9)
    falling = 2 * np.pi * (pitch * time + 1.6 * pitch * (1 - np.exp(-18 * time)) / 18)
    stroke = random.standard_normal(len(time)) * np.exp(-random.uniform(25, 70) * time)
    return np.sin(falling) * np.exp(-random.uniform(5, 9) * time) + 0.4 * stroke


_KINDS: dict[str, Callable[[np.random.Generator], Wave]] = {
    "string": _string, "bell": _bell, "flute": _flute, "drum": _drum,
}  # fmt: skip
CLASSES = tuple(_KINDS)


def _time(seconds: float) -> Wave:
    return np.arange(round(seconds * RATE)) / RATE


def _pitch(random: np.random.Generator, low: float, high: float) -> float:
    return float(low * (high / low) ** random.random())
