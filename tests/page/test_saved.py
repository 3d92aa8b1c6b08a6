"""What a saved notebook shows of pages, loops and tables: without a front end, by nbconvert."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from annotation_faces import Make, Plain
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from dalt.core.records import BadInput, Region
from dalt.page.live import LiveLabels
from dalt.page.saved import MOST, WIDGET_VIEW
from dalt.page.summary import Summary
from dalt.widgets import Notice

PAGE = """
import numpy as np, dalt
project = dalt.Project.create("pets.dalt", classes=["cat", "<b>dog</b>"])
pixels = np.random.default_rng(0).integers(0, 255, (8, 12, 12), dtype=np.uint8)
ids = project.add_images(pixels, progress=False)
page = project.label("ana")
page"""
TABLE = "live = project.live()\nlive"
BUTTON = "project.tune_button()"
OVERVIEW = 'overview = project.overview("eva")\noverview'
LABELS = """
with project.session("ana") as session:
    for _ in range(3):
        event = session.submit(session.next(), "<b>dog</b>")"""
END = "assert len(live.frame) == 3\nproject.close()"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A notebook that labels beside a page, as it is saved with the state of its widgets."""
    cells = [
        nbformat.v4.new_code_cell(each) for each in (PAGE, TABLE, BUTTON, OVERVIEW, LABELS, END)
    ]
    kernel = {"name": "python3", "display_name": "Python 3"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    folder = str(tmp_path_factory.mktemp("saved"))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": folder}}).execute()
    return notebook


def as_html(notebook: Any, state: bool) -> str:
    notebook = nbformat.from_dict(notebook)
    if not state:
        notebook.metadata.pop("widgets", None)
    body, _ = HTMLExporter().from_notebook_node(notebook)
    assert isinstance(body, str)
    return body


@pytest.mark.parametrize("state", [False, True])
def test_html_of_a_notebook_shows_what_was_there_when_the_project_closed(
    executed: Any, state: bool
) -> None:
    body = as_html(executed, state)
    # They came after the cells of the pages.
    assert body.count("3 of 8 samples labelled</p>") == 1
    assert "3 of 8 samples labelled · 1 person</p>" in body
    assert re.search(r'<td dir="auto">ana</td><td class="dalt-saved-number">3</td>', body)
    assert "&lt;b&gt;dog&lt;/b&gt;" in body and "<b>dog</b></td>" not in body
    assert body.count('class="dalt-saved-tile"') == 3 and 'src="data:image/png;base64,' in body
    assert "Search for better heads" in body
    for no in ("object at 0x", "LabelPage(", "TunePanel(", "LiveLabels(", "HBox(", "OwnerPage("):
        assert no not in re.sub(r"<script.*?</script>", "", body, flags=re.DOTALL)


def test_the_widget_and_its_picture_are_outputs_of_their_own(executed: Any) -> None:
    for cell in executed.cells[:4]:
        widget, picture = (output.data for output in cell.outputs)
        assert widget[WIDGET_VIEW]["model_id"] and widget["text/html"] == ""
        assert WIDGET_VIEW not in picture and len(picture["text/html"]) < MOST
    assert not any(output.output_type == "error" for c in executed.cells for output in c.outputs)


def test_voila_gets_the_widget_alone(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    page = make().label("ana")
    with pytest.raises(NotImplementedError):  # IPython goes on with the bundle
        page._ipython_display_()
    data, _ = page._repr_mimebundle_()
    assert set(data) == {WIDGET_VIEW, "text/plain"} and page.saved == ""


def test_one_output_has_both_for_front_ends_that_take_one(make: Make) -> None:
    project = make()
    data, _ = project.label("ana")._repr_mimebundle_()
    assert "0 of 8 samples labelled" in data["text/html"] and WIDGET_VIEW in data
    bundle = project.label("ben", widget=Plain())._repr_mimebundle_()
    assert "0 of 8 samples labelled" in bundle["text/html"]
    data, _ = Notice("<i>No</i>")._repr_mimebundle_()
    assert "&lt;i&gt;No" in data["text/html"] and data["text/plain"].endswith("<i>No</i>")


def test_large_pictures_and_many_long_classes_keep_the_picture_small(tmp_path: Path) -> None:
    import dalt

    names = [f"{number} {200 * 'x'}"[:200] for number in range(300)]
    noise = np.random.default_rng(0).integers(0, 255, (20, 300, 300, 3), dtype=np.uint8)
    with dalt.Project.create(tmp_path / "noise.dalt", classes=names) as project:
        project.add_images(noise, progress=False)
        with project.session("ana") as session:
            for number in range(20):
                asked = session.next()
                assert asked is not None
                session.submit(asked, names[number])
            drawn, plain = Summary(session).draw()
    assert len(drawn) < MOST and "and 288 more" in drawn and 60 * "x" not in drawn
    assert "20 of 20 samples labelled" in plain


def test_regions_are_told_in_words(make: Make) -> None:
    project = make("boxes")
    with project.session("ana") as session:
        asked = session.next()
        assert asked is not None
        boxes = [Region("box", "ball", ((at, 1.0), (at + 5.0, 9.0))) for at in (1.0, 20.0)]
        session.submit(asked, boxes)
        assert ">2 × ball<" in Summary(session).draw()[0]


# --- the live table -------------------------------------------------------------------------


def test_the_table_follows_and_says_nothing_where_there_is_no_value(make: Make) -> None:
    project = make()
    live = project.live(rows=2)
    assert "No labels yet." in live.value
    with project.session("<ana>") as session:
        for _ in range(3):
            asked = session.next()
            assert asked is not None
            session.submit(asked, "ball")
    live.look()  # as each second
    assert live.value.count("<tr>") == 3 and "ball: 3" in live.value
    assert "&lt;ana&gt;" in live.value and "<ana>" not in live.value
    assert "nan" not in live.value.lower() and ">–<" in live.value
    assert live.frame.equals(project.labels()) and not live.look()


def test_the_table_ends_with_its_project(make: Make) -> None:
    project = make()
    live = project.live()
    name = live.model_id
    project.close()
    assert live.comm is None and name not in LiveLabels.get_manager_state()["state"]


@pytest.mark.parametrize("rows", [0, 1_001])
def test_a_table_of_no_rows_or_too_many_is_refused(make: Make, rows: int) -> None:
    with pytest.raises(BadInput, match=f"rows={rows}: the table shows 1 to 1,000 labels."):
        make().live(rows=rows)
