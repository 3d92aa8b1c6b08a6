"""What a reader of a format yields: labels to import, and items that cannot be imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Imported:
    """A label of a file, and what the file says of its sample; nothing is checked yet.

    A sample is named by whatever the file has.  The importer looks in the order of the
    attributes, and refuses a name that can mean several samples.

    Attributes
    ----------
    where : str
        The label's place in the file, for people: "Line 3".
    label : str, number, list of str, or list of mappings
        A class, classes, or regions as `Region.to_json` writes them.  A mapping may have two more
        entries: ``shares``, true if its points are shares of the picture's sides from 0 to 1, and
        of a span ``text``, the characters that it marks, which settle how offsets are counted.
    sample_id : str, optional
    carried : bool
        Whether `sample_id` was made of a picture or sound that the file of labels holds itself.
    row : str, optional
        The row of a sample in the list, table or array that it was added from.  Only files whose
        column or field says so name rows.
    source : str, optional
        A path or an address, as the file has it.
    text : str, optional
        The content of a text.
    of_tokens : bool
        Whether `text` was put together of tokens: the sample may have other spaces and quotes.
    core : str, optional
        What of `text` is the content if the whole is not: a prompt has more around it.
    files : tuple of Path
        Files beside the labels that may have the content of the sample.
    annotator : str, optional
    size : (int, int), optional
        Width and height that the file gives for the picture.
    left_out : tuple of str
        Parts of the label that cannot be imported, each with the reason.
    """

    where: str
    label: Any
    sample_id: str | None = None
    carried: bool = False
    row: str | None = None
    source: str | None = None
    text: str | None = None
    of_tokens: bool = False
    core: str | None = None
    files: tuple[Path, ...] = ()
    annotator: str | None = None
    size: tuple[int, int] | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unusable:
    """An item of a file that holds no label that can be imported.

    Attributes
    ----------
    where : str
        Its place in the file, for people: "Task 12".
    why : str
        The reason, as the second half of a sentence: "has no label".
    """

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file of labels is to be read, where its owner knows more than the file says.

    Attributes
    ----------
    sample : str, optional
        The column or field that names the samples.
    label : str, optional
        The column or field with the labels.
    """

    sample: str | None = None
    label: str | None = None


Item = Imported | Unusable
