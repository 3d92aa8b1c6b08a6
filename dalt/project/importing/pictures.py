"""Regions of pictures as files place them: in shares of the sides, or before it was turned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dalt.core.errors import shown
from dalt.core.records import BadInput

Size = tuple[int, int]
_UPRIGHT: Mapping[int, Callable[[float, float, Size], tuple[float, float]]] = {
    5: lambda x, y, stored: (y, x),
    6: lambda x, y, stored: (stored[1] - y, x),
    7: lambda x, y, stored: (stored[1] - y, stored[0] - x),
    8: lambda x, y, stored: (y, stored[0] - x),
}
"""Where a point of a picture as its file stores it is once it stands upright, by Exif's number."""


def placed(
    regions: Sequence[Any], given: Size | None, real: Size, orientation: Callable[[], int]
) -> list[Any]:
    """Regions in pixels of the upright picture.

    Parameters
    ----------
    regions : sequence
        As `Imported.label` has them.
    given : (int, int), optional
        Width and height that the file gives for the picture.
    real : (int, int)
        Of the upright picture.
    orientation : callable
        How the picture's file has to be turned to stand upright, as in Exif.

    Raises
    ------
    BadInput
        If the file is about a picture of another size.

    Examples
    --------
    >>> share = {"shape": "point", "label": "eye", "points": [[0.5, 0.25]], "shares": True}
    >>> placed([share], None, (40, 80), lambda: 1)[0]["points"]
    [[20.0, 20.0]]
    """
    turn = None
    if given is not None and all(given) and tuple(given) != real:
        turn = _UPRIGHT.get(orientation()) if (given[1], given[0]) == real else None
        if turn is None:
            width, height = given
            raise BadInput(
                f"It is labelled as a picture of {width} × {height} pixels, and the sample has "
                f"{real[0]} × {real[1]}."
            )
    scale = real if turn is None or given is None else given
    return [_placed(each, scale, turn) for each in regions]


def _placed(region: Any, size: Size, turn: Any) -> Any:
    if not isinstance(region, Mapping) or not (region.get("shares") or turn):
        return region
    try:
        points = [(float(x), float(y)) for x, y in region["points"]]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BadInput(f"This is no region: {shown(region, 200)}.") from None
    if region.get("shares"):
        points = [(x * size[0], y * size[1]) for x, y in points]
    if turn is not None:
        points = [turn(x, y, size) for x, y in points]
        if region.get("shape") == "box":  # its corners have changed places
            xs, ys = zip(*points, strict=True)
            points = [(min(xs), min(ys)), (max(xs), max(ys))]
    return {**region, "points": [[round(x, 2), round(y, 2)] for x, y in points]}
