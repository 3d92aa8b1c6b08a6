"""Widgets as the face of DALT's loop: how each shows a sample and gives its answer.

Any object with ``display``, ``on_submit`` and ``data`` can be one.  Those of ipyannotations 0.5.1
(2022) are known by their names.  Only this module knows their faults:

- An event watcher without a view is among their children: JupyterLab shows an error for it.
- Their canvases lose the picture when a page is loaded again.  They do not enlarge small pictures,
  and they round drawn places, and whatever is put into ``data``, to whole pixels.
- They submit half-drawn regions, and classes that somebody typed into a text field.
- They read texts as markup, and change the contrast of pictures.
- Keys typed into their text field count as answers.

This module imports nothing from ipyannotations: the caller who made the widget has done so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import ImageColor

from dalt.core.errors import BadInput, shown
from dalt.core.records import ClassSpec, Display, Region, Sample, Task
from dalt.core.settings.settings import KINDS as SAMPLE_KINDS
from dalt.core.settings.settings import SHAPES
from dalt.page.annotation_data import (
    ClassData,
    DataFormat,
    PictureData,
    SpanData,
    overlapping,
    without_markup,
)
from dalt.page.annotation_display import as_content, as_output, fitted, png

LIBRARY = "ipyannotations"
FUNCTIONS = ("display", "on_submit")
NEEDED = (*FUNCTIONS, "data")
UNFIT = ("FreetextAnnotator",)
"""Widgets of ipyannotations whose answers are no labels of any project."""


class Work(Protocol):
    """The part of a session that its face needs."""

    @property
    def task(self) -> Task:
        """The project's task."""

    @property
    def multi_label(self) -> bool:
        """Whether a sample can have several classes."""

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        """The classes in their order."""

    def display(self, sample: Sample, full: bool = False) -> Display:
        """The content of a sample."""

    def size(self, sample: Sample) -> tuple[int, int]:
        """Width and height of a picture."""


class Face:
    """Any object with `display`, `on_submit` and `data`.

    Parameters
    ----------
    widget : object
        ``display(content)`` gets a picture as `PIL.Image.Image`, a text as str, a row as a dict of
        str, a sound as bytes of an audio file.  DALT assigns the proposal to ``data``.
    work : Work
        The session.
    """

    def __init__(self, widget: Any, work: Work) -> None:
        self._widget = widget
        self._work = work
        self._format: DataFormat = ClassData(work.multi_label)

    def show(self, sample: Sample, label: Any) -> Any:
        """Show a sample, with a label as its data; returns as much of the label as is shown.

        Raises
        ------
        BadInput
            If the sample can no longer be read.
        """
        # Coordinates are in the picture's own pixels, so it keeps its size.
        content = self._content(sample, full=self._work.task != "classes")
        self._format = self._format_of(sample, content)
        self._widget.display(content)
        self._widget.data = self._format.write(label)
        return label

    def read(self, value: Any) -> Any:
        """The label in a submitted value.

        Raises
        ------
        BadInput
            If the value holds no valid label; the message says what to correct.
        """
        return self._format.read(value)

    def check(self, label: Any) -> None:
        """Raise `BadInput` if the widget cannot show the whole label and would lose the rest."""

    def follow_classes(self) -> None:
        """Offer the project's present classes; an unknown widget has its own."""

    def close(self) -> None:
        """Leave the widget as it was, except for the corrected faults."""

    def _content(self, sample: Sample, full: bool = False) -> Any:
        kind, task = SAMPLE_KINDS.get(self._work.task, sample.kind), self._work.task
        if sample.kind != kind:
            raise BadInput(
                f"{task.capitalize()} cannot be marked in a sample of kind {sample.kind}."
            )
        return as_content(self._work.display(sample, full=full))

    def _format_of(self, sample: Sample, content: Any) -> DataFormat:
        shape = SHAPES.get(self._work.task)
        if shape is None:
            return ClassData(self._work.multi_label)
        if shape == "span":
            return SpanData(str(content))
        return PictureData(shape, _scale(content.size, self._work.size(sample)))


class CanvasFace(Face):
    """`BoxAnnotator`, `PolygonAnnotator` or `PointAnnotator`.

    The picture fills the canvas, whatever its own size, so whole pixels are pixels of the screen;
    coordinates are converted to the picture's own pixels.
    """

    def __init__(self, widget: Any, work: Work) -> None:
        super().__init__(widget, work)
        widget.canvas.on_client_ready(self.draw_again)

    def show(self, sample: Sample, label: Any) -> Any:
        """Show a picture, with the proposals at their exact places."""
        canvas, before = self._widget.canvas, self._widget.canvas.current_image
        picture = fitted(self._content(sample), (canvas.width, canvas.height))
        self._format = self._format_of(sample, picture)
        self._widget.display(png(picture))
        self._put(self._format.write(label))
        if before is not None:  # one image widget per picture: the last one is enough
            before.layout.close()
            before.close()
        return label

    def read(self, value: Any) -> Any:
        """The drawn regions, whatever a `data_postprocessor` makes of them."""
        canvas = self._widget.canvas
        if getattr(getattr(canvas, "current_polygon", None), "points", ()):
            raise BadInput(
                "A polygon is not closed yet: click its first corner, or take it back (Undo), and "
                "submit again."
            )
        return super().read(canvas.data)

    def follow_classes(self) -> None:
        """Offer the project's classes, in their colours."""
        names = [spec.name for spec in self._work.classes]
        self._widget.canvas.colormap = _colours(self._work.classes)
        if list(self._widget.options) != names:
            self._widget.options = names

    def close(self) -> None:
        """Stop drawing for new pages."""
        self._widget.canvas.on_client_ready(self.draw_again, remove=True)

    def draw_again(self) -> None:
        """Draw everything again for a page that was just opened: there the canvas is empty."""
        canvas = self._widget.canvas
        if canvas.current_image is None:
            return
        data, opened = canvas.data, getattr(canvas, "current_polygon", None)
        # The manager assumes that the browser knows the current canvas, and has no public way to
        # reset that.
        canvas._canvas_manager._current_canvas = None  # noqa: SLF001  see above
        canvas.load_image(canvas.current_image)
        if opened is not None:
            canvas.current_polygon = opened
        self._put(data)

    def _put(self, data: list[dict[str, Any]]) -> None:
        canvas = self._widget.canvas
        opened = getattr(canvas, "current_polygon", None)
        canvas.data = data
        for kept, name in (("annotations", "xyxy"), ("points", "coordinates")):
            for annotation, each in zip(getattr(canvas, kept, ()), data, strict=False):
                setattr(annotation, name, each[name])  # the widget rounded it to whole pixels
        if opened is not None:
            canvas.current_polygon = opened
        canvas.re_draw()


class ChoiceFace(Face):
    """`ClassLabeller`, `MulticlassLabeller` or `SentimentLabeller`: the likely class stands out."""

    def __init__(self, widget: Any, work: Work) -> None:
        super().__init__(widget, work)
        made = getattr(widget.display_function, "func", widget.display_function)
        if str(getattr(made, "__module__", "")).startswith(LIBRARY):
            keywords = getattr(widget.display_function, "keywords", {})
            size = keywords.get("fit_into", (500, 500))
            widget.display_function = lambda content: _display(as_output(content, size))
        if hasattr(getattr(widget, "freetext_widget", None), "placeholder"):
            widget.event_watcher.watched_events = []

    def show(self, sample: Sample, label: Any) -> Any:
        """Show a sample, with the likely class chosen if the widget can do that."""
        super().show(sample, label)
        control = getattr(self._widget, "control_elements", None)
        if control is not None and hasattr(control, "dropdown"):
            # Untouched, the widget would submit its own caption.
            control.dropdown.value = None
            control.dropdown.value = label or None
        for button in self._buttons():
            likely = not self._work.multi_label and button.description == label
            button.style.font_weight = "bold" if likely else ""
            button.style.text_decoration = "underline" if likely else ""
        return label

    def follow_classes(self) -> None:
        """Offer only the project's classes, and none that somebody typed."""
        names = [spec.name for spec in self._work.classes]
        if set(getattr(self._widget, "options", names)) != set(names):
            if self._work.multi_label:
                self._widget.data = [each for each in self._widget.data if each in names]
            self._widget.options = names

    def _buttons(self) -> list[Any]:
        own = getattr(self._widget, "buttons", None)  # of SentimentLabeller
        if own is not None:
            return list(own)
        hinted = getattr(getattr(self._widget, "control_elements", None), "buttons", {})
        return [each.button for each in hinted.values()]


class TaggerFace(Face):
    """`TextTagger`: its spans count UTF-16 code units, and it reads its text as markup."""

    def show(self, sample: Sample, label: Sequence[Region]) -> Any:
        """Show a text without markup, with proposals that do not overlap."""
        text = self._content(sample, full=True)
        self._format = SpanData(text, in_utf16=True)
        self._widget.display(without_markup(text))
        apart = _apart(label)
        self._widget.data = self._format.write(apart)
        return apart

    def read(self, value: Any) -> Any:
        """The spans, if none overlap: TextTagger shows and counts overlapping ones wrongly."""
        spans: list[Region] = super().read(value)
        both = overlapping(spans)
        if both is not None:
            raise BadInput(f"{_told(*both)}: click one of them to remove it, and submit again.")
        return spans

    def check(self, label: Sequence[Region]) -> None:
        """Raise `BadInput` if spans overlap."""
        both = overlapping(label)
        if both is not None:
            raise BadInput(f"{_told(*both)}; DALT's own page can, project.label() without widget=.")

    def follow_classes(self) -> None:
        """Offer the project's classes, in their colours."""
        specs = self._work.classes
        names, core = [spec.name for spec in specs], self._widget.text_widget
        core.palette = list(_colours(specs, pale=0.55).values())
        if list(self._widget.class_selector.options) != names:
            core.classes = names
            self._widget.class_selector.options = names


@dataclass(frozen=True)
class WidgetKind:
    """A kind of ipyannotations' widgets.

    Attributes
    ----------
    face : type of Face
    fits : tuple of (task, whether a sample can have several classes)
    classes : str
        Name of the argument that has the classes; "" if they are fixed.
    """

    face: Callable[[Any, Work], Face]
    fits: tuple[Task, bool]
    classes: str = "options"


WIDGETS = {
    "BoxAnnotator": WidgetKind(CanvasFace, ("boxes", False)),
    "PolygonAnnotator": WidgetKind(CanvasFace, ("polygons", False)),
    "PointAnnotator": WidgetKind(CanvasFace, ("points", False)),
    "ClassLabeller": WidgetKind(ChoiceFace, ("classes", False)),
    "MulticlassLabeller": WidgetKind(ChoiceFace, ("classes", True)),
    "SentimentLabeller": WidgetKind(ChoiceFace, ("classes", False), classes=""),
    "TextTagger": WidgetKind(TaggerFace, ("spans", False), classes="classes"),
}


def face_for(widget: Any, work: Work) -> Face:
    """Make the face of a widget.

    Parameters
    ----------
    widget : object
        With ``display``, ``on_submit`` and ``data``.
    work : Work
        The session.

    Raises
    ------
    BadInput
        If the widget cannot be a face, does not fit the task, or offers other classes.
    """
    name = _known(widget)
    if name is None:
        missing = [each for each in NEEDED if not hasattr(widget, each)]
        missing += [each for each in FUNCTIONS if not callable(getattr(widget, each, len))]
        if missing:
            raise BadInput(
                f"widget= is {shown(widget)} without {', '.join(missing)}; it takes a widget of "
                "ipyannotations, or any object with display(sample), on_submit(function) and data."
            )
        return Face(widget, work)
    kind = WIDGETS.get(name)
    if kind is None or not _fits(kind, work):
        raise _misfit(name, work)
    _refuse_classes(name, kind, widget, work)
    watcher = getattr(widget, "event_watcher", None)
    widget.children = [each for each in widget.children if each is not watcher]
    face = kind.face(widget, work)
    face.follow_classes()
    return face


def _known(widget: Any) -> str | None:
    """The name of the ipyannotations class of a widget, or of its nearest base class there."""
    for each in type(widget).__mro__:
        if each.__module__.split(".")[0] == LIBRARY and each.__name__ in (*WIDGETS, *UNFIT):
            return each.__name__
    return None


def _fits(kind: WidgetKind, work: Work) -> bool:
    task, multi = kind.fits
    return task == work.task and (task != "classes" or multi == work.multi_label)


def _misfit(name: str, work: Work) -> BadInput:
    said = f"task={work.task!r}" + (", multi_label=True" if work.multi_label else "")
    takes = " or ".join(
        each for each, kind in WIDGETS.items() if _fits(kind, work) and kind.classes
    )
    return BadInput(
        f"{name} does not fit this project ({said}): use {takes} of ipyannotations, or "
        "DALT's own page, project.label() without widget=."
    )


def _refuse_classes(name: str, kind: WidgetKind, widget: Any, work: Work) -> None:
    names = [spec.name for spec in work.classes]
    if not kind.classes:
        offered = [button.description for button in widget.buttons]
    elif kind.classes == "classes":
        offered = list(widget.class_selector.options)
    else:
        offered = list(widget.options)
    if offered and set(offered) != set(names):
        way_out = (
            f"make it with {kind.classes}={names}"
            if kind.classes
            else f"take ipyannotations.text.ClassLabeller(options={names})"
        )
        raise BadInput(
            f"The classes of this {name} are {', '.join(offered)}, those of the project "
            f"{', '.join(names)}: {way_out}."
        )
    if kind.face is TaggerFace and any("<" in each for each in names):
        raise BadInput(
            "TextTagger takes names of classes for markup: rename those with a <, or use DALT's "
            "own page, project.label() without widget=."
        )


def _display(output: dict[str, str]) -> None:
    from IPython.display import display

    display(output, raw=True)  # type: ignore[no-untyped-call]


def _scale(there: tuple[int, int], raw: tuple[int, int]) -> tuple[float, float]:
    return there[0] / raw[0], there[1] / raw[1]


def _told(one: Region, other: Region) -> str:
    return (
        f"The spans {one.start}–{one.end} and {other.start}–{other.end} overlap, which TextTagger "
        "cannot show"
    )


def _apart(spans: Sequence[Region]) -> list[Region]:
    """The spans that overlap no earlier one."""
    kept: list[Region] = []
    for span in sorted(spans, key=lambda each: (each.start, each.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _colours(classes: Sequence[ClassSpec], pale: float = 0.0) -> dict[str, str]:
    """Colours of classes as ipyannotations reads them, "#rrggbb"; `pale` is the share of white."""
    found = {}
    for spec in classes:
        try:
            colour = ImageColor.getrgb(spec.colour)[:3]
        except ValueError:
            colour = (0, 0, 0)  # a browser may know more names than PIL
        mixed = (round(each + (255 - each) * pale) for each in colour)
        found[spec.name] = "#" + "".join(f"{each:02x}" for each in mixed)
    return found
