"""Whatever stands in JSON, a reader yields items or refuses the file: it never breaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dalt.core.records import BadInput, ClassSet
from dalt.data.exchange.items import Imported, Reading, Unusable
from dalt.data.exchange.objects import item_of
from dalt.data.exchange.studio_results import names_in
from dalt.data.exchange.studio_tasks import read_label_studio

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

NAMES = st.sampled_from(
    [
        "id",
        "text",
        "label",
        "labels",
        "spans",
        "entities",
        "answer",
        "accept",
        "options",
        "data",
        "annotations",
        "completions",
        "result",
        "value",
        "type",
        "from_name",
        "to_name",
        "choices",
        "rectanglelabels",
        "start",
        "end",
        "x",
        "y",
        "width",
        "height",
        "points",
        "image",
        "source",
        "sample_id",
        "cats",
        "meta",
        "Comments",
        "bbox",
        "taxonomy",
        "original_width",
        "rotation",
        "rle",
        "was_cancelled",
        "globalOffsets",
        "startOffset",
        "completed_by",
        "annotator",
        "annotation_id",
        "path",
        "filename",
        "_task_hash",
        "updated_at",
        "relations",
    ]
)
WORDS = st.sampled_from(
    ["cat", "dog", "choices", "labels", "rectanglelabels", "taxonomy", "accept", "reject", "", "1"]
)
LEAVES = st.none() | st.booleans() | st.integers(-3, 99) | st.floats(allow_nan=False) | WORDS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)
ROWS = st.dictionaries(NAMES, JSON, max_size=8)
RESULTS = st.fixed_dictionaries(
    {
        "type": WORDS,
        "value": st.dictionaries(NAMES, JSON, max_size=6) | JSON,
        "from_name": JSON.filter(lambda each: not isinstance(each, list | dict)) | JSON,
    }
)
TASKS = st.fixed_dictionaries(
    {
        "data": ROWS,
        "annotations": st.lists(
            st.fixed_dictionaries({"result": st.lists(RESULTS, max_size=3)}), max_size=2
        ),
    }
)
KINDS = [
    ClassSet(("cat", "dog")),
    ClassSet(("cat", "dog"), multi=True),
    *(ClassSet(("cat", "dog"), shape=s, multi=True) for s in ("box", "polygon", "point", "span")),
]
FEW = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("classes", KINDS, ids=lambda each: each.shape or str(each.multi))
@given(row=ROWS | JSON)
@FEW
def test_objects_are_items(classes: ClassSet, row: Any) -> None:
    item = item_of("Line 1", row, classes, Reading())
    assert isinstance(item, Imported | Unusable)
    if isinstance(item, Imported):
        assert item.sample_id or item.row or item.source or item.text


@pytest.mark.parametrize("classes", KINDS, ids=lambda each: each.shape or str(each.multi))
@given(tasks=st.lists(TASKS | ROWS, max_size=3))
@FEW
def test_tasks_are_items(tmp_path: Path, classes: ClassSet, tasks: list[Any]) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps(tasks))
    try:
        items = list(read_label_studio(path, classes, Reading()))
    except BadInput:
        return
    assert all(isinstance(each, Imported | Unusable) for each in items)


@pytest.mark.parametrize(
    "row",
    [
        {"text": None, "row": 3, "label": ["cat"], "Comments": []},
        {"meta": {"row": 3}, "label": "cat", "answer": "accept", "_task_hash": 2},
    ],
    ids=["doccano", "prodigy"],
)
def test_examples_of_other_programs_may_name_a_row(row: dict[str, Any]) -> None:
    item = item_of("Line 1", row, ClassSet(("cat", "dog")), Reading())
    assert isinstance(item, Imported) and item.row == "3"


@pytest.mark.parametrize("said", [True, 3, "cat", {"cat": 1}, ["cat"]])
def test_a_taxonomy_that_is_no_list_of_paths_has_no_class(said: object) -> None:
    assert names_in({"type": "taxonomy", "value": {"taxonomy": said}}) == []
