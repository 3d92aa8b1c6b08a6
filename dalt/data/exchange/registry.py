"""The formats of files of labels, in the order in which a file is recognised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from dalt.core.records import ClassSet
from dalt.data.exchange.argilla import is_argilla, read_argilla, write_argilla
from dalt.data.exchange.chat import is_chat, read_chat, write_chat
from dalt.data.exchange.coco import write_coco
from dalt.data.exchange.coco_reading import is_coco, is_json_object, read_coco
from dalt.data.exchange.conll import is_conll, read_conll, write_conll
from dalt.data.exchange.cvat import is_cvat, read_cvat, write_cvat
from dalt.data.exchange.doccano import is_doccano, write_doccano
from dalt.data.exchange.entries import Entry
from dalt.data.exchange.folders import is_image_folder, read_image_folder, write_image_folder
from dalt.data.exchange.hf_write import write_hugging_face
from dalt.data.exchange.huggingface import is_hugging_face, read_hugging_face
from dalt.data.exchange.items import Item, Reading
from dalt.data.exchange.labelme import is_labelme, read_labelme, write_labelme
from dalt.data.exchange.labelstudio import write_label_studio
from dalt.data.exchange.objects import is_json_list, read_objects
from dalt.data.exchange.prodigy import is_prodigy, write_prodigy
from dalt.data.exchange.spacy_files import is_spacy, read_spacy, write_spacy
from dalt.data.exchange.studio_tasks import is_label_studio, read_label_studio
from dalt.data.exchange.voc import is_voc, read_voc, write_voc
from dalt.data.exchange.yolo import write_yolo
from dalt.data.exchange.yolo_reading import is_yolo, read_yolo

Read = Callable[[Path, ClassSet, Reading], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that carries more than rows of labels.

    Attributes
    ----------
    name : str
        As in ``dalt import --format NAME``.
    recognises : callable
        Whether a file or folder is of this format, from its name and, where that is not enough,
        from its beginning.
    read : callable
        Yields its items.
    write_file, write_path, write_folder : callable, optional
        Writes entries into an open file of text, to a path of a new file, or makes a new folder,
        and returns how many labels it wrote.
    """

    name: str
    recognises: Callable[[Path], bool]
    read: Read
    write_file: Callable[[Iterable[Entry], IO[str], ClassSet], int] | None = None
    write_path: Callable[[Iterable[Entry], Path, ClassSet], int] | None = None
    write_folder: Callable[[Iterable[Entry], Path, ClassSet], int] | None = None


COCO = Format("coco", is_coco, read_coco, write_file=write_coco)
FORMATS = (
    Format("conll", is_conll, read_conll, write_file=write_conll),
    Format("argilla", is_argilla, read_argilla, write_file=write_argilla),
    Format("chat", is_chat, read_chat, write_file=write_chat),
    Format("yolo", is_yolo, read_yolo, write_folder=write_yolo),
    Format("cvat", is_cvat, read_cvat, write_file=write_cvat),
    Format("voc", is_voc, read_voc, write_folder=write_voc),
    Format("labelme", is_labelme, read_labelme, write_folder=write_labelme),
    COCO,  # before those that read a whole file to know it
    Format("huggingface", is_hugging_face, read_hugging_face, write_folder=write_hugging_face),
    Format("label-studio", is_label_studio, read_label_studio, write_file=write_label_studio),
    Format("prodigy", is_prodigy, read_objects, write_file=write_prodigy),
    Format("doccano", is_doccano, read_objects, write_file=write_doccano),
    Format("spacy", is_spacy, read_spacy, write_path=write_spacy),
    Format("json", is_json_list, read_objects),
    replace(COCO, recognises=is_json_object),
    Format("imagefolder", is_image_folder, read_image_folder, write_folder=write_image_folder),
)
BY_NAME = {each.name: each for each in FORMATS}
"""The formats by their names."""
