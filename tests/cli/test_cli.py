"""The command line: what it does, and one clear line for what it refuses."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
import soundfile
from PIL import Image
from processes import told

import dalt
from dalt.cli import main
from dalt.server.web.process import kernel_environment


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def photos() -> None:
    for name, colour in (("a", "red"), ("b/c", "blue"), ("b/d", "green")):
        path = Path(f"photos/{name}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 6), colour).save(path)


def test_init_images(photos: None, capsys: pytest.CaptureFixture[str]) -> None:
    Path("photos/bad.png").write_bytes(b"\x89PNG no")
    assert main(["init", "pets.dalt", "--classes", "cat, dog", "--images", "photos/"]) == 0
    printed = capsys.readouterr()
    assert "3 samples" in printed.out
    assert "left out photos/bad.png" in printed.err
    with dalt.Project.open("pets.dalt") as project:
        assert [c.name for c in project.classes] == ["cat", "dog"]


def test_init_takes_a_strategy(photos: None, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["init", "pets.dalt", "--classes", "cat,dog", "--images", "photos/", "--strategy"]
    assert main([*command, "margn"]) == 2
    assert "Did you mean 'margin'" in capsys.readouterr().err
    assert main([*command, "margin"]) == 0
    with dalt.Project.open("pets.dalt") as project:
        assert project.settings.strategy == "margin"


def test_init_audio(capsys: pytest.CaptureFixture[str]) -> None:
    Path("clips").mkdir()
    for name in ("a.wav", "b.flac"):
        soundfile.write(f"clips/{name}", np.sin(np.arange(2_000) / 9), 22_050)
    Path("clips/bad.mp3").write_bytes(b"")
    assert main(["init", "s.dalt", "--classes", "a,b", "--audio", "clips"]) == 0
    printed = capsys.readouterr()
    assert "2 samples" in printed.out
    assert "left out clips/bad.mp3: empty file (0 bytes)" in printed.err
    assert main(["init", "t.dalt", "--classes", "a,b", "--audio", "gone"]) == 1
    assert capsys.readouterr().err == "dalt: There is no file or folder gone.\n"
    assert not Path("t.dalt").exists()


def test_init_csv_text_and_table_and_npy() -> None:
    pd.DataFrame({"body": ["x", "y"], "n": [1, 2]}).to_csv("f.csv", index=False)
    np.save("f.npy", np.zeros((2, 8, 8), np.uint8) + np.array([1, 2], np.uint8)[:, None, None])
    assert main(["init", "t.dalt", "--classes", "a,b", "--csv", "f.csv", "--text", "body"]) == 0
    assert main(["init", "r.dalt", "--classes", "a,b", "--csv", "f.csv", "--columns", "n"]) == 0
    assert main(["init", "n.dalt", "--classes", "a,b", "--npy", "f.npy"]) == 0
    for name, kind in (("t", "text"), ("r", "table"), ("n", "image")):
        with dalt.Project.open(f"{name}.dalt") as project:
            assert project.kind == kind and len(project.samples()) == 2


def test_init_reads_tables_as_people_have_them(capsys: pytest.CaptureFixture[str]) -> None:
    Path("rows.csv").write_bytes("zip;글\n01067;고양이\n20095;NA\n".encode("cp949"))
    sheet = pd.DataFrame({"zip": ["01067", "20095"], "글": ["고양이", "NA"]})
    sheet.to_excel("rows.xlsx", index=False)
    samples = []
    for name in ("rows.csv", "rows.xlsx"):
        init = ["init", f"{name}.dalt", "--classes", "a,b", "--csv", name]
        assert main([*init, "--columns", "zip,글"]) == 0
        said = capsys.readouterr().err
        assert ("dalt: 'rows.csv' is not in UTF-8; DALT reads it as CP949" in said) == (
            name == "rows.csv"
        )
        assert "Warning" not in said
        with dalt.Project.open(f"{name}.dalt") as project, project.session("ana") as session:
            rows = [session.next(), session.next()]
            samples.append([dict(session.display(each.sample).rows) for each in rows if each])
    wanted = [{"zip": "01067", "글": "고양이"}, {"zip": "20095", "글": "NA"}]
    assert [sorted(each, key=lambda row: row["zip"]) for each in samples] == [wanted, wanted]


def test_names_with_commas_are_typed_as_in_csv() -> None:
    pd.DataFrame({"a, b": ["x"], "c": [1], "d": [2]}).to_csv("f.csv", index=False)
    init = ["init", "r.dalt", "--classes", r'"salt, pepper", more\, or less ,"say ""x""",', "--csv"]
    assert main([*init, "f.csv", "--columns", '"a, b",c']) == 0
    with dalt.Project.open("r.dalt") as project, project.session("ana") as session:
        names = [each.name for each in project.classes]
        assert names == ["salt, pepper", "more, or less", 'say "x"']
        asked = session.next()
        assert asked is not None
        assert session.display(asked.sample).rows == (("a, b", "x"), ("c", "1"))


def test_export_for_spreadsheets(photos: None) -> None:
    main(["init", "pets.dalt", "--classes", "cat,dog", "--images", "photos"])
    with dalt.Project.open("pets.dalt") as project, project.session("ana") as session:
        assignment = session.next()
        assert assignment is not None
        session.submit(assignment, "cat")
    assert main(["export", "pets.dalt", "out.csv", "--excel"]) == 0
    assert Path("out.csv").read_bytes().startswith(b"\xef\xbb\xbfsample_id,")
    (at,) = pd.read_csv("out.csv").created_at
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", at)
    for _ in range(2):  # the second takes the place of the first
        assert main(["export", "pets.dalt", "out.xlsx"]) == 0
    (at,) = pd.read_excel("out.xlsx").created_at
    assert isinstance(at, pd.Timestamp)
    assert main(["import", "pets.dalt", "out.xlsx", "--annotator", "ben"]) == 0
    assert main(["export", "pets.dalt", "out.json", "--format", "coco", "--excel"]) == 1


def test_status_and_export(photos: None, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "pets.dalt", "--classes", "cat,dog", "--images", "photos"])
    with dalt.Project.open("pets.dalt") as project, project.session("ana") as session:
        assignment = session.next()
        assert assignment is not None
        session.submit(assignment, "cat")
    capsys.readouterr()
    assert main(["status", "pets.dalt", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["samples"], status["labelled"]) == (3, 1)
    assert main(["status", "pets.dalt"]) == 0
    assert re.search(r"labelled +1 ", capsys.readouterr().out)
    assert main(["export", "pets.dalt", "out.jsonl"]) == 0
    assert json.loads(Path("out.jsonl").read_text())["label"] == "cat"


REFUSED = {
    "no project": (["status", "nope.dalt"], "There is no project at nope.dalt"),
    "missing folder": (["init", "p.dalt", "--classes", "a,b", "--images", "nope/"], "nope/"),
    "empty csv": (
        ["init", "p.dalt", "--classes", "a,b", "--csv", "empty.csv", "--text", "x"], "empty",
    ),
    "wrong column": (
        ["init", "p.dalt", "--classes", "a,b", "--csv", "f.csv", "--text", "bodi"], "'body'",
    ),
    "csv without column": (["init", "p.dalt", "--classes", "a,b", "--csv", "f.csv"], "--text"),
    "no array": (["init", "p.dalt", "--classes", "a,b", "--npy", "f.csv"], "f.csv"),
    "same class twice": (["init", "p.dalt", "--classes", "a,a", "--npy", "f.npy"], "twice"),
    "quote not closed": (
        ["init", "p.dalt", "--classes", '"a,b', "--npy", "f.npy"], "quotation mark",
    ),
    "no class": (["init", "p.dalt", "--classes", ",", "--npy", "f.npy"], "needs classes"),
    "wrong dtype": (["init", "p.dalt", "--classes", "a,b", "--npy", "float.npy"], "uint8"),
    "unknown demo": (["demo", "--data", "cifar"], "digits or fashion-mnist"),
    "unknown task": (["demo", "--task", "video"], "choose images, spans, boxes, audio or table"),
    "unknown format": (["export", "good.dalt", "out.xyz"], "csv"),
    "export into nowhere": (["export", "good.dalt", "no/where.csv"], "no"),
    "encode nothing": (["encode", "empty.dalt"], "add samples first"),
    "damaged database": (["status", "damaged.dalt"], "labels.db cannot be read"),
    "missing database": (["status", "lost.dalt"], "labels.db is missing"),
    "serve nothing": (["serve", "nope.dalt"], "There is no project at nope.dalt"),
    "port out of range": (["serve", "good.dalt", "--port", "99999"], "99999"),
}  # fmt: skip


WRONG_USAGE = {
    "csv without column", "quote not closed", "same class twice", "no class", "unknown demo",
    "unknown task", "port out of range",
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_gets_one_line_and_an_exit_code(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty.csv").touch()
    pd.DataFrame({"body": ["x"]}).to_csv("f.csv", index=False)
    np.save("f.npy", np.zeros((1, 8, 8), np.uint8))
    np.save("float.npy", np.zeros((1, 8, 8)))
    for name in ("good", "empty", "damaged", "lost"):
        with dalt.Project.create(f"{name}.dalt", classes=["a", "b"]) as project:
            if name != "empty":
                project.add_texts(["x"], progress=False)
    Path("damaged.dalt/labels.db").write_bytes(b"garbage " * 1_000)
    Path("lost.dalt/labels.db").unlink()
    arguments, said = REFUSED[case]
    capsys.readouterr()
    assert main(arguments) == (2 if case in WRONG_USAGE else 1)
    printed = capsys.readouterr()
    lines = [line for line in printed.err.splitlines() if line.startswith("dalt: ")]
    assert len(lines) == 1 and said in lines[0], printed.err
    assert "Traceback" not in printed.err
    assert not Path("out.xyz").exists()


def test_what_is_refused_makes_no_project() -> None:
    assert main(["init", "p.dalt", "--classes", "a,b", "--images", "nope"]) == 1
    assert not Path("p.dalt").exists()


def test_wrong_usage_exits_with_2() -> None:
    with pytest.raises(SystemExit) as usage:
        main(["label", "pets.dalt"])
    assert usage.value.code == 2


def test_serve_gives_an_address_that_needs_its_token_and_stops_in_order() -> None:
    with dalt.Project.create("p.dalt", classes=["a", "b"]) as project:
        project.add_texts(["x", "y"], progress=False)
    # Shells start what runs in the background with interrupts ignored, tests as well.
    heed = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"import signal, sys; {heed}; from dalt.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "serve", "p.dalt", "--port", "0", "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        address = re.search(r"http://\S+", line)
        assert address, line
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        stranger = opener.open(address[0].split("?")[0], timeout=60)
        assert "/login" in stranger.geturl()
        with opener.open(address[0], timeout=60) as page:
            assert "/login" not in page.geturl()
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=60) == 0


def test_serve_without_a_trainer_opens_by_the_token_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DALT_PAGE_TOKEN", "from-the-environment")
    with dalt.Project.create("p.dalt", classes=["a", "b"]) as project:
        project.add_texts(["x", "y"], progress=False)
    words = ["serve", "p.dalt", "--port", "0", "--no-browser", "--no-trainer"]
    server = subprocess.Popen(
        [sys.executable, "-m", "dalt.cli", *words], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline().rstrip().endswith("/?token=from-the-environment")
        children = psutil.Process(server.pid).children(recursive=True)
        commands = [command for _, command in told(children, psutil.Process.cmdline)]
        assert not any("train" in command for command in commands)
    finally:
        server.terminate()
        assert server.wait(timeout=60) == 0
    assert not Path("p.dalt/snapshots").exists()  # a trainer would have made it first


def test_kernels_are_not_told_what_opens_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DALT_PAGE_TOKEN", "secret")
    monkeypatch.setenv("DALT_DATABASE_URL", "postgresql://host/labels")
    told = kernel_environment([("DALT_PROJECT", "p.dalt")])
    assert "DALT_PAGE_TOKEN" not in told
    assert told["DALT_DATABASE_URL"] == "postgresql://host/labels"


@pytest.mark.slow
def test_demo_prepares_a_project_that_is_encoded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--data", "digits", "--folder", "d.dalt", "--prepare-only"]) == 0
    with dalt.Project.open("d.dalt") as project:
        status = project.status()
        assert status["samples"] == status["encoded"] > 1_700
        assert [c.key for c in project.classes] == [c.name for c in project.classes]
    assert main(["demo", "--data", "digits", "--folder", "d.dalt", "--prepare-only"]) == 0
    assert "Going on with d.dalt" in capsys.readouterr().out
    assert os.listdir(".") == ["d.dalt"]


@pytest.mark.parametrize(("task", "kind"), [("spans", "text"), ("boxes", "image")])
def test_demo_of_a_task_makes_a_project_of_it(task: str, kind: str) -> None:
    for _ in range(2):
        given = ["--data", "digits"] if task == "boxes" else []
        assert main(["demo", "--task", task, *given, "--prepare-only"]) == 0
    (folder,) = os.listdir(".")
    assert folder.startswith(f"demo-{task}")
    with dalt.Project.open(folder) as project:
        assert project.settings.task == task and len(project.samples()) > 40
        with project.session("ana") as session:
            asked = session.next()
            assert asked is not None and asked.sample.kind == kind


@pytest.mark.parametrize(
    "options",
    [
        ["--fine-tune", "--retrain"],
        ["--embeddings", "made.npy", "--retrain"],
        ["--fine-tune", "--dask", "tcp://nowhere:1"],
        ["--embeddings", "made.npy", "--dask", "tcp://nowhere:1"],
    ],
)
def test_encode_refuses_options_that_it_would_not_follow(
    photos: None, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    main(["init", "p.dalt", "--classes", "a,b", "--images", "photos"])
    capsys.readouterr()
    assert main(["encode", "p.dalt", *options]) == 2
    assert options[-1 if options[-1] == "--retrain" else -2] in capsys.readouterr().err


def test_init_leaves_nothing_where_its_data_cannot_be_added(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pd.DataFrame({"words": ["one", "two"]}).to_csv("t.csv", index=False)
    Path("empty").mkdir()
    Path("there/mine").mkdir(parents=True)
    wrong = [
        ["--csv", "t.csv", "--text", "nosuch"],
        ["--csv", "t.csv", "--columns", "nosuch"],
        ["--images", "empty"],
    ]
    for data in wrong:
        assert main(["init", "new/p q.dalt", "--classes", "a,b", *data]) == 1
        assert not Path("new").exists(), data
    assert main(["init", "there/mine", "--classes", "a,b", *wrong[0]]) == 1
    assert list(Path("there/mine").iterdir()) == [], "a folder that was there stays"
    capsys.readouterr()
    right = ["--csv", "t.csv", "--text", "words"]
    assert main(["init", "new/p q.dalt", "--classes", "a,b", *right]) == 0
    said = capsys.readouterr().out
    assert said.endswith("new/p q.dalt: 2 samples. Next: dalt encode 'new/p q.dalt'\n")


def test_one_is_no_plural(capsys: pytest.CaptureFixture[str]) -> None:
    pd.DataFrame({"words": ["one"]}).to_csv("t.csv", index=False)
    data = ["--csv", "t.csv", "--text", "words"]
    assert main(["init", "t.dalt", "--classes", "a,b", *data]) == 0
    assert "t.dalt: 1 sample. Next" in capsys.readouterr().out


def test_agreement_without_labels_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    dalt.Project.create("t.dalt", classes=["a", "b"]).close()
    assert main(["agreement", "t.dalt"]) == 0
    assert capsys.readouterr().out == "t.dalt: nobody has labelled anything yet.\n"


@pytest.mark.parametrize("budget", ["0", "-1", "nan", "inf"])
def test_tune_refuses_a_budget_before_it_searches(
    capsys: pytest.CaptureFixture[str], budget: str
) -> None:
    dalt.Project.create("t.dalt", classes=["a", "b"]).close()
    assert main(["tune", "t.dalt", "--budget", budget]) == 2
    said = capsys.readouterr()
    assert "searching" not in said.out
    assert said.err.startswith("dalt: --budget is a number of seconds above 0")


def test_migrate_names_the_variable_that_is_not_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DALT_DATABASE_URL", raising=False)
    dalt.Project.create("t.dalt", classes=["a", "b"]).close()
    assert main(["migrate", "t.dalt", "--to", "postgresql"]) == 1
    assert capsys.readouterr().err.startswith(
        "dalt: To move the labels to PostgreSQL, set DALT_DATABASE_URL to "
    )


def test_what_the_terminal_has_no_characters_for_is_printed_as_escapes(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "café.dalt", classes=["a", "b"]) as project:
        project.add_texts(["x"], progress=False)
    done = subprocess.run(
        [sys.executable, "-m", "dalt.cli", "status", "café.dalt"],
        cwd=tmp_path,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.returncode == 0 and rb"caf\xe9.dalt" in done.stdout, done.stderr


@pytest.mark.parametrize(
    "options",
    [
        "--max-pages 0", "--idle-minutes nan", "--base-url a//b", "--allow-host http://x",
        "--proxy 10.0.0.7", "--behind-proxy --proxy nginx", "--certfile a.pem", "--port -1",
        "--token x --token-file y", "--token x --annotators team.json",
    ],
)  # fmt: skip
def test_options_of_a_server_that_cannot_be_meant_exit_with_2(
    options: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dalt.Project.create("p.dalt", classes=["a", "b"]).close()
    assert main(["serve", "p.dalt", "--no-browser", *options.split()]) == 2
    printed = capsys.readouterr().err
    assert len([line for line in printed.splitlines() if line.startswith("dalt: --")]) == 1


@pytest.mark.parametrize(
    "options",
    ["--every 999999999999d", "--every 0s", "--every 5m --keep 0", "--every 5m --keep \u00b2"],
)
def test_odd_times_and_numbers_of_backups_exit_with_2(
    options: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as usage:
        main(["backup", "p.dalt", "to", *options.split()])
    assert usage.value.code == 2
    assert "is no time like" in (said := capsys.readouterr().err) or "is no number of" in said


def test_options_of_backups_that_do_not_go_together_exit_with_2() -> None:
    dalt.Project.create("p.dalt", classes=["a", "b"]).close()
    assert main(["backup", "p.dalt", "b.tar.zst", "--keep", "3"]) == 2
    assert main(["restore", "p.dalt", "--at", "2026-11-30T09:00"]) == 2


@pytest.mark.parametrize("command", ["estimate", "finish"])
@pytest.mark.parametrize("share", ["nan", "0", "95", "much"])
def test_a_confidence_that_is_no_share_exits_with_2(
    command: str, share: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as usage:
        main([command, "p.dalt", "--confidence", share])
    assert usage.value.code == 2
    assert f"{share!r} is no share between 0 and 1" in capsys.readouterr().err
