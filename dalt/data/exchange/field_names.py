"""Names that people and other tools give to the columns and fields of files of labels."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

SAMPLE_ID = ("sample_id",)
"""Holds ids of DALT: the ``id`` of other tools counts tasks or lines."""
SOURCE = (
    "sample_source", "source", "path", "file_path", "filepath", "image_path", "img_path",
    "audio_path", "file_name", "filename", "file", "image_name", "image_file", "image_filename",
    "image", "img", "picture", "photo", "audio", "audio_file", "sound", "clip", "image_id",
    "image_url", "img_url", "audio_url", "image_gcs_uri", "source_ref", "url", "uri",
)  # fmt: skip
"""Holds paths and addresses, the most reliable first.

In DALT's own exports of labels ``source`` says who labelled; those have a ``sample_id``, too.
"""
TEXT = (
    "text", "sentence", "content", "document", "doc", "body", "review", "review_text", "comment",
    "comment_text", "tweet", "tweet_text", "utterance", "query", "question", "message", "headline",
    "article", "passage", "abstract", "description", "summary", "prompt", "input", "input_text",
    "raw_text", "full_text", "text_content", "data", "title",
)  # fmt: skip
"""Holds the content of texts."""
LABEL = (
    "label", "labels", "class", "classes", "category", "categories", "target", "tag", "tags",
    "class_name", "label_name", "label_text", "class_label", "true_label", "gold_label",
    "annotation", "classification_annotation", "sentiment", "intent", "topic", "emotion",
    "answer", "y",
)  # fmt: skip
"""Holds classes."""
SPANS = (
    "spans", "entities", "label", "labels", "annotations", "annotation", "ner", "tags",
    "text_segment_annotations", "ents",
)  # fmt: skip
"""Holds marked spans of a text."""
ANNOTATOR = (
    "annotator", "annotator_id", "annotated_by", "labeled_by", "labelled_by", "labeler",
    "labeller", "worker", "worker_id", "coder", "rater", "completed_by", "_annotator_id",
)  # fmt: skip
"""Holds names of annotators; a ``user`` or ``reviewer`` may have written the text."""


@lru_cache(maxsize=4_096)  # the same few names stand in every row
def plain_name(name: object) -> str:
    """A name of a column or field without the ways to write it.

    Examples
    --------
    >>> plain_name(" File Name "), plain_name("fileName"), plain_name("FILE-NAME")
    ('file_name', 'file_name', 'file_name')
    """
    said = str(name).strip()
    parted = "".join(
        f"_{each}" if each.isupper() and before.islower() else each
        for before, each in zip(" " + said, said, strict=False)
    )
    return parted.lower().replace(" ", "_").replace("-", "_")


def first_named(names: Iterable[str], wanted: tuple[str, ...]) -> str | None:
    """The first of the wanted names, as the file writes it; None if it has none.

    Examples
    --------
    >>> first_named(["Review", "Class"], LABEL)
    'Class'
    """
    return next(iter(all_named(tuple(names), wanted)), None)


@lru_cache(maxsize=1_024)
def all_named(names: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """All of the wanted names in their order, as the file writes them.

    Examples
    --------
    >>> all_named(("Review", "Tag", "Class"), LABEL)
    ('Class', 'Tag')
    """
    written: dict[str, str] = {}
    for name in names:
        written.setdefault(plain_name(name), name)
    return tuple(written[each] for each in wanted if each in written)
