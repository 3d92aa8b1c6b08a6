"""DALT's encoder of sounds as operators: one clip at a time, as a waveform."""

from __future__ import annotations

import numpy as np

from dalt.learning.encoders import mel
from dalt.learning.encoders.audio import AudioEncoder
from dalt.learning.export.graph import DOUBLE, FLOAT, INT32, INT64, Graph
from dalt.learning.export.nets import add_autoencoder


def add_sound_encoder(graph: Graph, encoder: AudioEncoder) -> str:
    """Add DALT's autoencoder of sounds; return the name of the embedding, (1, n_dims)."""
    wave = graph.input("wave", FLOAT, ["samples"])
    heard = _heard(graph, _loudness(graph, wave))
    return add_autoencoder(graph, encoder.net, _pooled(graph, heard))


def _number(graph: Graph, value: float) -> str:
    return graph.constant(np.float32(value))


def _loudness(graph: Graph, wave: str) -> str:
    """Decibels of each band over time, 0 to 80: (n_frames, n_bands); all 0 for silence."""
    wave = graph.part(wave, 0, mel.N_FRAMES * mel.HOP)
    odd = graph.op("Or", graph.op("IsNaN", wave), graph.op("IsInf", wave))
    wave = graph.op("Where", odd, _number(graph, 0), wave)
    peak = graph.reduced("ReduceMax", graph.op("Abs", wave), [0])
    wave = graph.op("Div", wave, graph.op("Max", peak, _number(graph, mel.SILENT)))
    pads = graph.constant([mel.WINDOW - mel.HOP, mel.WINDOW // 2], np.int64)
    padded = graph.shaped(graph.op("Pad", wave, pads), [1, -1, 1])
    bell = np.hanning(mel.WINDOW + 1)[:-1].astype(np.float32)
    spectrum = graph.op(
        "STFT",
        padded,
        graph.constant(np.int64(mel.HOP)),
        graph.constant(bell),
        graph.constant(np.int64(mel.WINDOW)),
        onesided=1,
    )
    power = graph.reduced("ReduceSum", graph.op("Mul", spectrum, spectrum), [3], keep=False)
    power = graph.shaped(power, [-1, mel.WINDOW // 2 + 1])
    power = graph.op("MatMul", power, graph.constant(mel.bands().T))
    loudest = graph.reduced("ReduceMax", power, [0, 1])
    share = graph.op("Div", power, graph.op("Max", loudest, _number(graph, 1e-12)))
    audible = graph.op("Max", share, _number(graph, 10 ** (-mel.RANGE / 10)))
    logarithm = graph.op("Mul", graph.op("Log", audible), _number(graph, 10 / np.log(10)))
    decibels = graph.op("Add", logarithm, _number(graph, mel.RANGE))
    sounds = graph.op("GreaterOrEqual", peak, _number(graph, mel.SILENT))
    return graph.op("Mul", decibels, graph.cast(sounds, FLOAT))


def _heard(graph: Graph, decibels: str) -> str:
    """The same without the silence before and after."""
    loudest = graph.reduced("ReduceMax", decibels, [1], keep=False)
    heard = graph.cast(graph.op("Greater", loudest, _number(graph, mel.RANGE / 4)), INT32)
    first = graph.op("ArgMax", heard, axis=0, keepdims=1)
    last = graph.op("ArgMax", heard, axis=0, keepdims=1, select_last_index=1)
    # Of silence one frame stays, which sounds like none.
    behind = graph.op("Add", last, graph.constant([1], np.int64))
    behind = graph.op("Max", behind, graph.op("Add", first, graph.constant([1], np.int64)))
    return graph.op("Slice", decibels, first, behind, graph.constant([0], np.int64))


def _pooled(graph: Graph, decibels: str) -> str:
    """As `mel.pooled`: means over the slots, (1, 1, n_bands, n_slots)."""
    edges = mel.slots()
    n = graph.cast(graph.op("Shape", decibels, start=0, end=1), DOUBLE)
    running = graph.op("CumSum", graph.cast(decibels, DOUBLE), graph.constant(np.int64(0)))
    none = graph.constant(np.zeros((1, mel.N_BANDS)))
    last = graph.part(running, -1, np.iinfo(np.int64).max)
    sums = graph.op("Concat", none, running, last, axis=0)
    places = graph.op("Min", graph.constant(edges), n)
    below = graph.op("Floor", places)
    share = graph.shaped(graph.op("Sub", places, below), [-1, 1])
    index = graph.cast(below, INT64)
    before = graph.op("Gather", sums, index, axis=0)
    after = graph.op("Add", index, graph.constant(np.int64(1)))
    after = graph.op("Gather", sums, after, axis=0)
    rest = graph.op("Sub", graph.constant(np.float64(1)), share)
    at_edges = graph.op("Add", graph.op("Mul", before, rest), graph.op("Mul", after, share))
    ends = graph.part(at_edges, 1, len(edges))
    means = graph.op("Sub", ends, graph.part(at_edges, 0, len(edges) - 1))
    means = graph.op("Div", means, graph.constant(np.diff(edges)[:, None]))
    maps = graph.op("Transpose", graph.cast(means, FLOAT), perm=[1, 0])
    return graph.shaped(maps, [1, 1, mel.N_BANDS, mel.N_SLOTS])
