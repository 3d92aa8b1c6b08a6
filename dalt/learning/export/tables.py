"""The encoder of table rows as operators: an input for each column."""

from __future__ import annotations

from typing import Any

import numpy as np

from dalt.core.records import BadInput
from dalt.learning.encoders.columns import Categorical, Column, Numeric, from_settings
from dalt.learning.encoders.dense import TableEncoder
from dalt.learning.export.graph import DOUBLE, FLOAT, INT64, OF_LABELS, STRING, Graph
from dalt.learning.export.nets import add_autoencoder

MISSING = ""
"""A missing name, unless a category is empty; a missing number is NaN."""


def add_table_encoder(graph: Graph, encoder: TableEncoder) -> str:
    """Add DALT's autoencoder of rows; return the name of the embeddings.

    Raises
    ------
    BadInput
        If no column says anything, so that there is nothing to read.
    """
    blocks = [_added(graph, column) for column in columns_of(encoder)]
    if not blocks:
        raise BadInput(
            "No column of this table says anything about its rows (each is empty, or the same in "
            "all rows), so there is no model to write: add a table with other columns."
        )
    inputs = graph.op("Concat", *blocks, axis=1) if len(blocks) > 1 else blocks[0]
    return add_autoencoder(graph, encoder.net, inputs)


def columns_of(encoder: TableEncoder) -> list[Column]:
    """The columns that an encoder reads."""
    settings, _ = encoder.parts()
    return from_settings(settings["columns"])


def described(encoder: TableEncoder) -> list[dict[str, Any]]:
    """What each input of the file takes, as JSON."""
    return [
        {"name": column.name, "type": "number", "missing": "NaN"}
        if isinstance(column, Numeric)
        else {
            "name": column.name,
            "type": "text",
            "missing": missing_of(column),
            "categories": list(column.categories),
        }
        for column in columns_of(encoder)
    ]


def missing_of(column: Categorical) -> str:
    """What stands for a missing cell of a column of names.

    Examples
    --------
    >>> missing_of(Categorical("pet", ("cat", "dog"))), missing_of(Categorical("pet", ("", "a")))
    ('', '<missing>')
    """
    return "<missing>" if MISSING in column.categories else MISSING


def _added(graph: Graph, column: Column) -> str:
    return _numeric(graph, column) if isinstance(column, Numeric) else _names(graph, column)


def _numeric(graph: Graph, column: Numeric) -> str:
    """As `Numeric.encode`: (n, width), float32."""
    value = graph.input(column.name, DOUBLE, ["n", 1])
    cuts = np.array(column.cuts)
    away = graph.op("Sub", value, graph.constant(cuts[None, :-1]))
    pieces = graph.op("Div", away, graph.constant(np.diff(cuts)[None]))
    none, one = (graph.constant(np.float64(each)) for each in (0, 1))
    pieces = graph.op("Clip", pieces, none, one)
    missing = graph.op("IsNaN", value)
    pieces = graph.op("Where", missing, graph.constant(np.float64(0.5)), pieces)
    both = graph.op("Concat", pieces, graph.cast(missing, DOUBLE), axis=1)
    return graph.cast(both, FLOAT)


def _names(graph: Graph, column: Categorical) -> str:
    """As `Categorical.encode`: (n, width), float32."""
    value = graph.input(column.name, STRING, ["n", 1])
    n = len(column.categories)
    # Behind the last column there is none: a missing cell has zeros in all of them.
    places = graph.op(
        "LabelEncoder",
        value,
        domain=OF_LABELS,
        keys_strings=[*column.categories, missing_of(column)],
        values_int64s=[*range(n), n + 1],
        default_int64=n,
    )
    columns = graph.constant(np.arange(n + 1, dtype=np.int64)[None])
    return graph.cast(graph.op("Equal", graph.cast(places, INT64), columns), FLOAT)
