"""ipyannotations' canvases, mended: the one place that knows them.

A page has one annotator for all of its samples; its canvas stands in the browser under what
the hand is drawing.  Of ipyannotations 0.5.1 (2022) the canvas classes are used: their
annotations and how these are drawn.  What is mended here:

- It paints by one manager for all canvases of a kernel, which believes the browser to know
  which canvas is meant, also after a reload.  Ours has a manager of its own, and says it anew.
- It rounds places to whole pixels of the picture and of the screen: off by 12 pixels of the
  screen on a digit of 8 × 8.
- It makes a widget for each picture that it shows.  The page shows the picture itself.
- It draws a proposed polygon black, a proposed point like any other, and nothing sharp on
  screens of high resolution.
- Its annotators' hotkeys, dropdown and event watcher (which keeps Voilà from showing
  anything) are not made at all.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from PIL import ImageColor

from dalt.core.records import ClassSpec, Shape

DASHES = (10, 5)
POINT_SIZE = 7
MOST_PIXELS = 4_000
"""Longest side of the canvas."""


@dataclass(frozen=True, slots=True)
class View:
    """How a picture stands on the canvas.

    Attributes
    ----------
    picture : (float, float)
        Width and height of the raw picture.
    frame : (float, float)
        Width and height that it has on screen, in pixels of the style sheet.
    margin : float
        Around it, in the same pixels.
    ratio : float
        Pixels of the screen for one of the style sheet.
    """

    picture: tuple[float, float]
    frame: tuple[float, float]
    margin: float = 0.0
    ratio: float = 1.0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the canvas in pixels of the screen."""
        width, height = (math.ceil(self.scale * (side + 2 * self.margin)) for side in self.frame)
        return width, height

    @property
    def scale(self) -> float:
        """Pixels of the canvas for one of the style sheet."""
        longest = max(self.frame) + 2 * self.margin
        return min(max(self.ratio, 1.0), MOST_PIXELS / longest)

    def placed(self, point: Sequence[float]) -> tuple[float, float]:
        """Where a place of the raw picture is on the canvas, unrounded.

        Examples
        --------
        >>> View((10, 20), (100, 200), margin=8).placed((1, 2))
        (18.0, 28.0)
        """
        x, y = (
            self.margin + place * shown / raw
            for place, shown, raw in zip(point, self.frame, self.picture, strict=True)
        )
        return x, y


class Annotator:
    """One annotator of ipyannotations, without its controls, for all samples of a page.

    Parameters
    ----------
    shape : {"box", "polygon", "point"}

    Attributes
    ----------
    canvas : ipywidgets.DOMWidget
        What is shown in the browser: ipyannotations' canvas.

    Examples
    --------
    >>> annotator = Annotator("box")
    >>> region = {"label": "cat", "points": [[1, 2], [30.5, 40]], "proposed": True}
    >>> annotator.show([region], View((60, 60), (120, 120)), {"cat": "#0072b2"})
    >>> annotator.canvas.data[0]["xyxy"]
    (1, 2, 30.5, 40)
    """

    def __init__(self, shape: Shape) -> None:
        # Only here: a page that marks nothing must not carry it.
        with _without_matplotlib():
            from ipyannotations.images import canvases

        make = {
            "box": canvases.BoundingBoxAnnotationCanvas,
            "polygon": canvases.PolygonAnnotationCanvas,
            "point": canvases.PointAnnotationCanvas,
        }[shape]
        self._shape = shape
        self.canvas: Any = make(size=(300, 200))
        self.canvas.re_draw = lambda *_: None  # at every change of a setting; we say when
        self.canvas.opacity = 0.2
        self.canvas.point_size = POINT_SIZE
        manager = type(self.canvas._canvas_manager)()
        self.canvas._canvas_manager = manager
        for layer in self.canvas:
            layer._canvas_manager = manager

    def show(
        self, regions: Sequence[Mapping[str, Any]], view: View, colours: Mapping[str, str]
    ) -> None:
        """Put regions on the canvas, in place of what is on it.

        Parameters
        ----------
        regions : sequence of mapping
            Each with `label`, `points` in pixels of the raw picture, and `proposed`.
        view : View
        colours : mapping
            Of the classes, by name.
        """
        canvas = self.canvas
        canvas.width, canvas.height = view.size
        canvas.colormap = dict(colours)
        canvas.image_to_canvas_coordinates = view.placed
        canvas.init_empty_data()
        made = [self._made(region) for region in regions]
        getattr(canvas, _KEPT_IN[self._shape]).extend(made)
        with self._at_once():
            layer = canvas.annotation_canvas
            layer.clear()
            layer.save()
            layer.scale(view.scale)
            for annotation, region in zip(made, regions, strict=True):
                self._draw(annotation, bool(region["proposed"]))
            layer.restore()

    def close(self) -> None:
        """Close the canvas and all that belongs to it."""
        layers = list(self.canvas)
        manager = self.canvas._canvas_manager
        for widget in (self.canvas.error_output_widget, self.canvas, *layers, manager):
            layout = getattr(widget, "layout", None)
            widget.close()
            if layout is not None:
                layout.close()

    def _made(self, region: Mapping[str, Any]) -> Any:
        """One of ipyannotations' annotations, at its exact place."""
        from ipyannotations.images.canvases import shapes

        points = [tuple(point) for point in region["points"]]
        label = str(region["label"])
        if self._shape == "polygon":
            return shapes.Polygon(points, label=label)
        made: Any
        if self._shape == "box":
            made = shapes.BoundingBox((0, 0, 0, 0), label=label)
            made.xyxy = (*points[0], *points[1])
        else:
            made = shapes.Point((0, 0), label=label)
            made.coordinates = points[0]
        return made

    def _draw(self, annotation: Any, proposed: bool) -> None:
        canvas, layer = self.canvas, self.canvas.annotation_canvas
        if self._shape == "box":
            canvas.draw_box(annotation, proposed=proposed)
            return
        layer.set_line_dash(DASHES if proposed else ())
        if self._shape == "point":
            canvas.opacity = 0.35 if proposed else 1.0
            canvas.draw_point(annotation)
            return
        # Its `tentative` is for one that is not closed: black, with dots.  So it is drawn as
        # any other, and what would make its line a whole one is passed over.
        layer.set_line_dash = lambda _dashes: None
        try:
            canvas.draw_polygon(annotation)
        finally:
            del layer.set_line_dash

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Send what is drawn as one message, to whichever browser is there."""
        manager = self.canvas._canvas_manager
        manager._current_canvas = None
        manager._caching = True
        try:
            yield
            manager.flush()
        finally:
            manager._caching = False
            manager._commands_cache, manager._buffers_cache = [], []


@contextmanager
def _without_matplotlib() -> Iterator[None]:
    """Keep the library of ipyannotations' colours from importing matplotlib.

    Of it nothing is used, and it takes 40 MB of every kernel and seconds of every start.
    """
    if {"matplotlib", "palettable"} & sys.modules.keys():
        yield
        return
    sys.modules["matplotlib"] = None  # type: ignore[assignment]
    try:
        import palettable.colorbrewer.qualitative  # noqa: F401  as short as can be
    except ImportError:
        pass  # another version may do without
    finally:
        del sys.modules["matplotlib"]
    yield
    # Whoever imports it later, for drawing, gets it whole.
    for name in [each for each in sys.modules if each.split(".")[0] == "palettable"]:
        del sys.modules[name]


_KEPT_IN = {"box": "annotations", "polygon": "polygons", "point": "points"}


def colours_of(classes: Sequence[ClassSpec]) -> dict[str, str]:
    """The colours of classes as ipyannotations reads them: "#rrggbb".

    Examples
    --------
    >>> colours_of([ClassSpec("cat", colour="red")])
    {'cat': '#ff0000'}
    """
    found = {}
    for spec in classes:
        try:
            red, green, blue = ImageColor.getrgb(spec.colour)[:3]
        except ValueError:
            red = green = blue = 0  # a browser may know more names than we do
        found[spec.name] = f"#{red:02x}{green:02x}{blue:02x}"
    return found
