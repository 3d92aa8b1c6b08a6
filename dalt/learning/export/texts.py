"""DALT's encoder of texts as operators: the graph takes texts as they are, and splits them.

Everything works on single characters, because what ONNX has for words depends on the locale of
the machine.  A word is then a run of characters between two that are in no word, and both kinds
of terms are counted as runs of characters.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from dalt.learning.encoders.text import CHARACTERS, LONGEST, WORDS, TextEncoder
from dalt.learning.export.graph import FLOAT, OF_LABELS, OF_RUNTIME, STRING, Graph
from dalt.learning.export.nets import add_autoencoder

BESIDE = "<>"
"""Stands for any character that is in no word; no single character is the same."""
UNCHANGED = "<same>"
IN_WORDS = r"[\p{L}\p{N}_]"
SPACES = (
    r"[\s\x0b\x1c-\x1f\x85\xa0\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
)


def add_text_encoder(graph: Graph, encoder: TextEncoder) -> str:
    """Add DALT's encoder of texts; return the name of the embeddings."""
    settings, arrays = encoder.parts()
    characters = _characters(graph, graph.input("texts", STRING, ["n"]))
    blocks = []
    for each in settings["terms"]:
        if each["terms"]:
            counts = _counted(graph, characters, each["unit"], each["terms"])
            blocks.append(_weighted(graph, counts, arrays[each["unit"]]))
    components = arrays["components"]
    if blocks:
        terms = graph.op("Concat", *blocks, axis=1) if len(blocks) > 1 else blocks[0]
        reduced = graph.op("MatMul", terms, graph.constant(components.T))
    else:  # texts without a term: all of them have the same embedding
        reduced = _zeros(graph, len(components))
    lengths = _lengths(graph, reduced, 1e-6)
    return add_autoencoder(graph, encoder.net, graph.op("Div", reduced, lengths))


def _characters(graph: Graph, texts: str) -> str:
    """Small characters, (n, length); what is missing at the end of a text is a space."""
    split = graph.op(
        "Tokenizer",
        texts,
        domain=OF_RUNTIME,
        mark=0,
        mincharnum=1,
        pad_value=" ",
        tokenexp="(?s).",
    )
    split = graph.part(split, 0, LONGEST, axis=1)
    capitals = [
        (character, small)
        for character in map(chr, range(sys.maxunicode + 1))
        if (small := character.lower()) != character and len(small) == 1
    ]
    lowered = graph.op(
        "LabelEncoder",
        split,
        domain=OF_LABELS,
        keys_strings=[each for each, _ in capitals],
        values_strings=[each for _, each in capitals],
        default_string=UNCHANGED,
    )
    same = graph.op("Equal", lowered, graph.texts([UNCHANGED]))
    return graph.op("Where", same, split, lowered)


def _counted(graph: Graph, characters: str, unit: str, terms: Sequence[str]) -> str:
    """How often each text has each term: (n, n_terms), float32."""
    if unit == WORDS:
        inside = graph.op("RegexFullMatch", characters, pattern=IN_WORDS)
        between = BESIDE
        units = graph.op("Where", inside, characters, graph.texts([between]))
        runs = [[between, *term, between] for term in terms]
    else:
        assert unit == CHARACTERS
        spaces = graph.op("RegexFullMatch", characters, pattern=SPACES)
        between = " "
        units = graph.op("Where", spaces, graph.texts([between]), characters)
        runs = [list(term) for term in terms]
    return _runs(graph, _enclosed(graph, units, between), runs)


def _enclosed(graph: Graph, units: str, between: str) -> str:
    """With `between` before the first and behind the last character."""
    n = graph.op("Shape", units, start=0, end=1)
    shape = graph.op("Concat", n, graph.constant([1], np.int64), axis=0)
    edge = graph.op("Expand", graph.texts([between], [1, 1]), shape)
    return graph.op("Concat", edge, units, edge, axis=1)


def _runs(graph: Graph, units: str, runs: Sequence[Sequence[str]]) -> str:
    """How often each run of units occurs."""
    order = sorted(range(len(runs)), key=lambda at: len(runs[at]))  # the operator wants it so
    lengths = [len(runs[at]) for at in order]
    longest = lengths[-1]
    # Where in the pool the runs of one unit begin, of two, of three …
    starts = [
        sum(n * lengths.count(n) for n in range(1, length)) for length in range(1, longest + 1)
    ]
    return graph.op(
        "TfIdfVectorizer",
        units,
        mode="TF",
        min_gram_length=lengths[0],
        max_gram_length=longest,
        max_skip_count=0,
        pool_strings=[unit for at in order for unit in runs[at]],
        ngram_counts=starts,
        ngram_indexes=order,
    )


def _weighted(
    graph: Graph, counts: str, rarity: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> str:
    """Damped counts by the rarity of their terms, each text of length 1."""
    one = graph.constant(np.float32(1))
    damped = graph.op("Add", graph.op("Log", graph.op("Max", counts, one)), one)
    there = graph.cast(graph.op("Greater", counts, graph.constant(np.float32(0))), FLOAT)
    weighted = graph.op("Mul", graph.op("Mul", damped, there), graph.constant(rarity[None]))
    return graph.op("Div", weighted, _lengths(graph, weighted, 1e-9))


def _lengths(graph: Graph, rows: str, least: float) -> str:
    return graph.op("Max", graph.reduced("ReduceL2", rows, [1]), graph.constant(np.float32(least)))


def _zeros(graph: Graph, width: int) -> str:
    n = graph.op("Shape", "texts", start=0, end=1)
    shape = graph.op("Concat", n, graph.constant([width], np.int64), axis=0)
    return graph.op("Expand", graph.constant(np.float32(0)), shape)
