"""Tables of labels as people have them, into a project."""

from pathlib import Path

import pandas as pd
import pytest

import dalt
from dalt.core.user_warnings import LeftOut, Uncertain

TEXTS = ["안녕, 세상", "007", "NA", 'say "hi"\nthere']


@pytest.fixture
def project(tmp_path: Path) -> dalt.Project:
    made = dalt.Project.create(tmp_path / "t.dalt", classes=["좋음", "나쁨"])
    made.add_texts(TEXTS, progress=False)
    return made


def test_labels_come_in_and_go_out_as_spreadsheets_have_them(
    project: dalt.Project, tmp_path: Path
) -> None:
    table = pd.DataFrame({"Text": TEXTS, "Class": ["좋음", "나쁨", None, "좋음"], "comment": 1})
    path = tmp_path / "in.csv"
    table.to_csv(path, sep=";", index=False, encoding="cp949")
    path.write_text(path.read_text("cp949").replace("007;나쁨;1\n", "007;나쁨;1;;\n"), "cp949")
    with (
        project,
        pytest.warns(Uncertain, match="CP949"),
        pytest.warns(LeftOut, match="Line 4 has no label"),
    ):
        assert project.import_labels(path, progress=False) == 3
        wanted = [("안녕, 세상", "좋음"), ("007", "나쁨"), ('say "hi"\nthere', "좋음")]
        frame = project.labels()
        texts = [TEXTS[int(source)] for source in frame.sample_source]
        assert list(zip(texts, frame.label, strict=True)) == wanted
        for name in ("out.xlsx", "out.csv"):
            project.export(tmp_path / name, excel=True, progress=False)
            again = project.import_labels(tmp_path / name, annotator="ben", progress=False)
            assert (again, again.unchanged) == (0, 3)
            read = (
                pd.read_excel(tmp_path / name)
                if "xlsx" in name
                else pd.read_csv(path.parent / name)
            )
            assert pd.to_datetime(read.created_at).notna().all()
            assert read.label.tolist() == ["좋음", "나쁨", "좋음"]


def test_gold_comes_as_a_table_too(project: dalt.Project, tmp_path: Path) -> None:
    path = tmp_path / "gold.csv"
    path.write_text("text\tlabel\n007\t나쁨\n", "utf-16")
    with project:
        assert project.set_gold(path) == 1
