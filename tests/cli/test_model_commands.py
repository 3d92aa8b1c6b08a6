"""``dalt predict`` and ``dalt export-model``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from assignments import answer_in_order
from PIL import Image
from refusals import said

import dalt
from dalt.cli import main
from dalt.core.user_warnings import Uncertain

PATH = "p.dalt"
pytestmark = pytest.mark.usefixtures("brief_training")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def picture(path: str, light: bool) -> None:
    pixels = np.random.default_rng(len(path)).integers(0, 60, (20, 24, 3), dtype=np.uint8)
    pixels[:, :12] += np.uint8(150 * light)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def of_pictures(classes: tuple[str, str] = ("dark", "light")) -> None:
    for i in range(24):
        picture(f"photos/{i:02}.png", bool(i % 2))
    with dalt.Project.create(PATH, classes=list(classes)) as project:
        project.add_images("photos", progress=False)
        project.encode(progress=False)
        answer_in_order(project, [classes[i % 2] for i in range(16)])
        project.trainer.wait()


def of_texts(multi_label: bool = False) -> None:
    texts = [f"{'calm' if i % 2 else 'loud'} place {i}" for i in range(24)]
    with dalt.Project.create(PATH, classes=["calm", "loud"], multi_label=multi_label) as project:
        project.add_texts(texts, progress=False)
        project.encode(progress=False)
        answers = ["loud", "calm"] * 8
        answer_in_order(project, [[each] for each in answers] if multi_label else answers)
        project.trainer.wait()


def rows(path: str = "out.csv") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(Path(path).read_text("utf-8"))))


def test_a_folder_of_pictures_one_of_which_cannot_be_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    of_pictures()
    picture("new/sub/a.jpg", True)
    picture("new/b.png", False)
    Path("new/broken.png").write_bytes(b"\x89PNG\r\n\x1a\nxx")
    assert main(["predict", PATH, "new", "out.csv"]) == 0
    out, err = capsys.readouterr()
    assert out == "out.csv: 2 samples predicted, 1 could not be read.\n"
    assert err == "dalt: new/broken.png: damaged or cut short\n"
    found = {row["sample"]: row for row in rows()}
    assert list(found) == ["new/b.png", "new/broken.png", "new/sub/a.jpg"]
    broken = found.pop("new/broken.png")
    assert broken.pop("error") == "damaged or cut short" and set(broken.values()) == {
        "new/broken.png",
        "",
    }
    assert [row["label"] for row in found.values()] == ["dark", "light"]
    with dalt.Project.open(PATH) as project:
        expected = project.predict(["new/b.png", "new/sub/a.jpg"], progress=False)
    best = expected[expected["rank"] == 1]["probability"].to_numpy()
    given = [float(row["probability"]) for row in found.values()]
    np.testing.assert_allclose(given, best, rtol=1e-5)
    assert all(float(row[row["label"]]) == float(row["probability"]) for row in found.values())


def test_classes_that_are_called_as_other_columns(capsys: pytest.CaptureFixture[str]) -> None:
    of_pictures(("label", "error"))
    assert main(["predict", PATH, "photos/00.png", "-"]) == 0
    out, err = capsys.readouterr()
    header, only, *rest = out.splitlines()
    assert header == "sample,label,probability,class_label,class_error,error" and not rest
    assert only.startswith("photos/00.png,label,0.")
    assert err == "-: 1 sample predicted.\n"


def test_texts_of_tables_and_of_lines(capsys: pytest.CaptureFixture[str]) -> None:
    of_texts()
    Path("new.csv").write_text("id,body\n1,a calm day\n2,\n3,so loud\n", "utf-8")
    assert main(["predict", PATH, "new.csv", "out.csv", "--text", "body"]) == 0
    assert [row["label"] for row in rows()] == ["calm", "", "loud"]
    assert [row["sample"] for row in rows()] == ["0", "1", "2"]
    assert rows()[1]["error"] == "no text"
    Path("new.txt").write_text("a calm day\n\nso loud\n", "utf-8")
    assert main(["predict", PATH, "new.txt", "out.csv"]) == 0
    assert [row["label"] for row in rows()] == ["calm", "", "loud"]
    assert "1: empty text" in capsys.readouterr().err
    Path("latin.txt").write_bytes("ein ruhiger Tag für alle, schön wie früher\n".encode("cp1252"))
    assert main(["predict", PATH, "latin.txt", "out.csv"]) == 0
    assert "latin.txt" in (told := capsys.readouterr().err) and "für" in told, "it was guessed"


def test_several_classes_are_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    of_texts(multi_label=True)
    Path("new.txt").write_text("calm place 3\nloud place 4\n", "utf-8")
    assert main(["predict", PATH, "new.txt", "out.csv"]) == 0
    assert [json.loads(row["label"]) for row in rows()] == [["calm"], ["loud"]]
    capsys.readouterr()


def test_rows_of_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame({"size": np.arange(24) % 2 + np.linspace(0, 0.3, 24), "n": range(24)})
    with dalt.Project.create(PATH, classes=["small", "large"]) as project:
        project.add_table(frame, progress=False)
        project.encode(progress=False)
        answer_in_order(project, ["small", "large"] * 8)
        project.trainer.wait()
    Path("new.csv").write_text("n,size,more\n3,0.1,x\n4,1.2,y\n,,z\n", "utf-8")
    assert main(["predict", PATH, "new.csv", "out.csv"]) == 0
    assert [row["label"] for row in rows()] == ["small", "large", ""]
    assert rows()[2]["error"] == "empty row"
    Path("less.csv").write_text("n\n3\n", "utf-8")
    capsys.readouterr()
    assert main(["predict", PATH, "less.csv", "out.csv"]) == 1
    assert "has no column 'size', which the rows of this project have" in said(capsys)
    for nothing in ("", " , "):
        before = Path("out.csv").read_bytes()
        assert main(["predict", PATH, "new.csv", "out.csv", "--columns", nothing]) == 2
        assert said(capsys).endswith(" names nothing; leave it out, or name some.\n")
        assert Path("out.csv").read_bytes() == before


def test_what_cannot_be_predicted_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    of_pictures()
    Path("new.csv").write_text("a\n1\n")
    Path("notes.csv").write_text("mine")
    for words, says in (
        (["nowhere", "out.csv"], "There is no file or folder 'nowhere'"),
        (["new.csv", "out.csv"], "is a table; this project predicts images"),
        (["photos", "notes.csv"], "is there already and has no predictions"),
        (["photos", f"{PATH}/out.csv"], "lies in the project"),
        (["photos", "gone/out.csv"], "There is no folder 'gone'"),
        (["photos", "photos"], "is a folder"),
        (["photos", "out.csv", "--text", "a"], "--text is for projects of texts"),
    ):
        assert main(["predict", PATH, *words]) == (2 if "--text" in words else 1)
        assert says in said(capsys), words
    assert Path("notes.csv").read_text() == "mine" and not Path("out.csv").exists()


def test_nothing_that_can_be_read_is_an_error_and_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    of_pictures()
    Path("new").mkdir()
    for i in range(25):
        Path(f"new/{i:02}.png").write_bytes(b"no picture")
    assert main(["predict", PATH, "new", "out.csv"]) == 1
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 22 and err[-2] == "dalt: … and 5 more, in the column error"
    assert err[-1] == "dalt: Nothing could be predicted; no sample could be read."
    assert len(rows()) == 25


def test_a_killed_write_leaves_the_former_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    of_texts()
    Path("new.txt").write_text("calm\n", "utf-8")
    assert main(["predict", PATH, "new.txt", "out.csv"]) == 0
    former = Path("out.csv").read_bytes()

    def interrupted(*_: object) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr("dalt.project.predicting._row", interrupted)
    assert main(["predict", PATH, "new.txt", "out.csv"]) == 130
    assert Path("out.csv").read_bytes() == former
    assert not list(Path().glob(".out.csv.*"))
    capsys.readouterr()


def test_labels_that_are_not_learned_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    of_texts()
    with dalt.Project.open(PATH, thin=True) as project:
        answer_in_order(project, ["loud", "calm"] * 9, annotator="ana")
    Path("new.txt").write_text("calm\n", "utf-8")
    assert main(["predict", PATH, "new.txt", "-"]) == 0
    assert "2 labels not learned yet; `dalt train p.dalt --once` learns first." in (
        capsys.readouterr().err
    )


def test_a_model_and_its_card_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    of_texts()
    assert main(["export-model", PATH, "m.onnx", "--card", "m.md"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert (
        first.startswith("m.onnx: snapshot ") and "the same answers as the project on 12" in first
    )
    assert second == "m.md: the card of the model."
    assert main(["export-model", PATH, "m.skops"]) == 0
    assert Path("m.skops").is_file() and Path("m.md").read_text("utf-8").startswith(
        "---\nmodel_name"
    )
    capsys.readouterr()
    assert main(["export-model", PATH, "m.bin"]) == 1
    assert "has no ending of a model" in said(capsys)


def test_words_among_numbers_are_told_once_for_each_column(
    capsys: pytest.CaptureFixture[str],
) -> None:
    frame = pd.DataFrame({"size": [float(i) for i in range(24)], "age": range(24)})
    with dalt.Project.create(PATH, classes=["small", "large"]) as project:
        project.add_table(frame, progress=False)
        project.encode(progress=False)
        answer_in_order(project, ["small" if i < 8 else "large" for i in range(16)])
        project.trainer.wait()
        new = pd.DataFrame({"size": ["12,5"], "age": [3]})
        with pytest.warns(Uncertain, match="The column 'size' has '12,5'"):
            project.predict(new, progress=False)
    Path("new.csv").write_text("size,age\n3,4\n3,n/k\nlarge,unknown\n,5\n")
    assert main(["predict", PATH, "new.csv", "out.csv"]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "counts as missing" in line]
    assert sorted(told) == [
        f"dalt: The column {name!r} has {cell!r}, and the model has learned numbers there: "
        "whatever is none counts as missing."
        for name, cell in (("age", "n/k"), ("size", "large"))
    ]
    assert len(rows()) == 4
