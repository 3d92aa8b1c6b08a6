"""Plots as SVG that grow with their container, while text and dots keep their size.

Horizontal positions are per cent and vertical ones are pixels, so nothing is scaled: on a phone
the numbers stay as readable as on a wide screen.  Colours come from the style, in both themes.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

TALL = 26
"""Pixels of a row."""
HIGH = 190
"""Pixels of a plot over time."""


@dataclass(frozen=True)
class Row:
    """A value with its interval, named.

    Attributes
    ----------
    name, more : str
        The name, and a note on it in small letters.
    value, low, high : float
        NaN bounds are left out.
    told : str
        The same in words, at the end of the row.
    main : bool
        Whether the row stands out.
    second : tuple of (float, float, float), optional
        Another value with its interval in the other colour, below the first.
    """

    name: str
    value: float
    low: float
    high: float
    told: str
    more: str = ""
    main: bool = False
    second: tuple[float, float, float] | None = None


def intervals(rows: Sequence[Row], tick: Callable[[float], str], zero: bool = True) -> str:
    """Rows of values with intervals over one axis, as HTML with an SVG in each row.

    Parameters
    ----------
    rows : sequence of Row
    tick : callable
        Writes a value of the axis.
    zero : bool
        Whether 0 means no effect; it then gets a line and is always in sight.
    """
    values = [each for row in rows for each in _values(row) if math.isfinite(each)]
    low, high, ticks = axis(values + ([0.0] if zero else []))

    def x(value: float) -> float:
        return round(100 * min(max((value - low) / (high - low), 0), 1), 2)

    made = [_row(row, x, ticks, zero) for row in rows]
    labels = "".join(
        f'<text x="{x(each)}%" y="14" text-anchor="{_anchor(x(each))}">'
        f"{html.escape(tick(each))}</text>"
        for each in ticks
    )
    made.append(
        '<div class="dalt-report-row axis" aria-hidden="true"><span></span>'
        f'<svg height="18">{labels}</svg><span></span></div>'
    )
    return f"<div>{''.join(made)}</div>"


def _anchor(across: float) -> str:
    """How a text is aligned to its position: texts at the ends stay within the plot."""
    return "start" if across <= 0 else "end" if across >= 100 else "middle"


def _row(row: Row, x: Callable[[float], float], ticks: Sequence[float], zero: bool) -> str:
    grid = "".join(
        f'<line class="{"z" if zero and each == 0 else "g"}" x1="{x(each)}%" x2="{x(each)}%" '
        f'y1="0" y2="{TALL}"/>'
        for each in ticks
    )
    middle = TALL / 2
    if row.second is None:
        marks = _marks((row.value, row.low, row.high), x, middle, "")
    else:
        marks = _marks((row.value, row.low, row.high), x, middle - 5, "")
        marks += _marks(row.second, x, middle + 5, " b")
    more = f'<span class="dalt-report-more">{html.escape(row.more)}</span>' if row.more else ""
    said = html.escape(f"{row.name}: {row.told}", quote=True)
    return (
        f'<div class="dalt-report-row{" main" if row.main else ""}">'
        f'<span dir="auto">{html.escape(row.name)}{more}</span>'
        f'<svg height="{TALL}" role="img" aria-label="{said}">{grid}{marks}</svg>'
        f"<span>{html.escape(row.told)}</span></div>"
    )


def _marks(
    value: tuple[float, float, float], x: Callable[[float], float], y: float, colour: str
) -> str:
    at, low, high = value
    made = ""
    if math.isfinite(low) and math.isfinite(high):
        made = f'<line class="w{colour}" x1="{x(low)}%" x2="{x(high)}%" y1="{y}" y2="{y}"/>'
    if not math.isfinite(at):
        return made
    return made + _dot(x(at), y, colour)


def _dot(across: float, down: float, colour: str) -> str:
    """A dot; a square in the other colour, since not everybody tells the colours apart."""
    if colour:
        return (
            f'<svg x="{across}%" y="{down}" width="1" height="1" overflow="visible">'
            f'<rect class="d{colour}" x="-4.5" y="-4.5" width="9" height="9"/></svg>'
        )
    return f'<circle class="d" cx="{across}%" cy="{down}" r="5"/>'


@dataclass(frozen=True)
class Line:
    """Values over time; NaN where there is none."""

    values: Sequence[float]
    second: bool = False


def over_time(
    lines: Sequence[Line], names: Sequence[str], tick: Callable[[float], str], told: str
) -> str:
    """Lines over a few points in time, from 0 up.

    Parameters
    ----------
    lines : sequence of Line
    names : sequence of str
        Of the points in time, as many as each line has values.
    tick : callable
        Writes a value of the axis.
    told : str
        What it shows, in a sentence.
    """
    finite = [v for line in lines for v in line.values if math.isfinite(v)]
    low, high, ticks = axis([0.0, *finite])
    top, bottom, left = 8, HIGH - 24, 9.0

    def y(value: float) -> float:
        return round(bottom - (value - low) / (high - low) * (bottom - top), 1)

    def x(index: int) -> float:
        return round(left + (index + 0.5) * (100 - left) / len(names), 2)

    grid = "".join(
        f'<line class="g" x1="{left}%" x2="100%" y1="{y(each)}" y2="{y(each)}"/>'
        f'<text x="{left - 1.5}%" y="{y(each) + 4}" text-anchor="end">'
        f"{html.escape(tick(each))}</text>"
        for each in ticks
    )
    below = "".join(
        f'<text x="{x(i)}%" y="{HIGH - 6}" text-anchor="middle">{html.escape(name)}</text>'
        for i, name in enumerate(names)
    )
    marks = ""
    for line in lines:
        colour = " b" if line.second else ""
        points = [(x(i), y(v)) if math.isfinite(v) else None for i, v in enumerate(line.values)]
        for one, other in pairwise(points):
            if one and other:
                marks += (
                    f'<line class="w{colour}" x1="{one[0]}%" y1="{one[1]}" x2="{other[0]}%" '
                    f'y2="{other[1]}"/>'
                )
        marks += "".join(_dot(*point, colour) for point in points if point)
    said = html.escape(told, quote=True)
    return f'<svg height="{HIGH}" role="img" aria-label="{said}">{grid}{below}{marks}</svg>'


def axis(values: Sequence[float]) -> tuple[float, float, list[float]]:
    """Bounds around values, and round numbers between them.

    Examples
    --------
    >>> axis([0.0, 0.24, 0.37])
    (0.0, 0.4, [0.0, 0.1, 0.2, 0.3, 0.4])
    """
    low, high = min(values), max(values)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [round(i * step, 10) for i in range(first, last + 1)]
    return ticks[0], ticks[-1], ticks


def _values(row: Row) -> tuple[float, ...]:
    return (row.value, row.low, row.high, *(row.second or ()))
