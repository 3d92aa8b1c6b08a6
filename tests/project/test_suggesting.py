"""Sources of suggestions through the project: given, asked, judged, shown, removed."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import pandas as pd
import pytest
from assignments import assigned
from language_server import language_server, well
from waiting import PATIENCE, until

import dalt
from dalt.cli import main
from dalt.core.records import LeftOut
from dalt.learning.training.replay_conditions import read_conditions
from dalt.server.trainer_process import replay
from dalt.suggesters import chat

N = 40


def points() -> np.ndarray:
    made = np.random.default_rng(0).normal(size=(N, 4)).astype(np.float32)
    made[N // 2 :] += 4
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "rows.dalt"
    with dalt.Project.create(path, classes=["low", "high"]) as project:
        project.add_texts([f"text {i}" for i in range(N)], progress=False)
        project.add_embeddings(points(), progress=False)
    return path


@pytest.fixture
def project(folder: Path) -> Iterator[dalt.Project]:
    with dalt.Project.open(folder) as opened:
        opened.training.stepped()
        yield opened


def ids(project: dalt.Project) -> list[str]:
    return list(project.samples().sample_id)


def true(position: int) -> str:
    return "low" if position < N // 2 else "high"


def predictions(project: dalt.Project, wrong: int = 0) -> pd.DataFrame:
    said = [true(i) if i >= wrong else true(N - 1 - i) for i in range(N)]
    return pd.DataFrame({"sample_id": ids(project), "label": said})


def answer(project: dalt.Project, n: int) -> None:
    with project.session("ana") as session:
        for _ in range(n):
            asked = assigned(session)
            session.submit(asked, true(asked.sample.position))
            project.trainer.wait(PATIENCE)


# --- before the first label -------------------------------------------------------------------


def test_predictions_are_suggested_before_the_first_label(project: dalt.Project) -> None:
    added = project.add_suggestions(predictions(project), source="my-model", progress=False)
    assert repr(added) == "my-model: 40 suggestions are new."
    with project.session("ana") as session:
        asked = assigned(session)
        assert asked.suggestion.top == true(asked.sample.position)
        assert asked.suggestion.suggesters == ("my-model",)
        assert session.standing().n_learned == 0
        assert session.standing().suggesters == ("my-model",)
        event = session.submit(asked, true(asked.sample.position))
    assert (event.suggested, event.suggesters) == (event.label, ("my-model",))
    assert project.history().suggesters.tolist() == [["my-model"]]


def test_no_source_counts_as_a_label(project: dalt.Project, tmp_path: Path) -> None:
    project.add_suggestions(predictions(project), source="my-model", progress=False)
    assert len(project.labels()) == 0 and project.status()["labelled"] == 0
    assert project.status()["labels_read"] == 0
    answer(project, 3)
    assert len(project.labels()) == 3
    project.export(tmp_path / "labels.csv", progress=False)
    assert len(pd.read_csv(tmp_path / "labels.csv")) == 3
    assert project.workspace.store.snapshots.all(limit=1)[0].n_labels == 3


def test_samples_of_which_nothing_is_said_have_no_suggestion_yet(project: dalt.Project) -> None:
    project.add_suggestions(predictions(project)[:5], source="my-model", progress=False)
    known = set(ids(project)[:5])
    found = project.trainer.suggestions(list(project.workspace.store.samples.all()))
    told = {sample for sample, each in zip(ids(project), found, strict=True) if each.top}
    assert told == known


def test_without_embeddings_too(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["low", "high"]) as made:
        made.training.stepped()
        given = made.add_texts(["one", "two"], progress=False).ids
        made.add_suggestions([{"sample_id": given[0], "label": "low"}], source="m", progress=False)
        assert [each.top for each in made.trainer.suggestions(made.workspace.store.samples.all())]
        assert made.trainer.snapshot is not None and not made.trainer.snapshot.learned


def test_new_processes_and_thin_ones_have_them(folder: Path) -> None:
    with dalt.Project.open(folder) as project:
        project.add_suggestions(predictions(project), source="my-model", progress=False)
        with dalt.Project.open(folder, thin=True) as thin, thin.session("ben") as session:
            until(lambda: thin.trainer.snapshot is not None)
            assert assigned(session).suggestion.suggesters == ("my-model",)
    with dalt.Project.open(folder) as again, again.session("ana") as session:
        assert assigned(session).suggestion.suggesters == ("my-model",)


# --- judged -----------------------------------------------------------------------------------


def test_uniformly_drawn_labels_judge_a_source(folder: Path) -> None:
    with dalt.Project.open(folder) as project:
        assert project.settings.uniform_share == 0.1
    toml = folder / "project.toml"
    toml.write_text(toml.read_text().replace("uniform_share = 0.1", "uniform_share = 1.0"))
    with dalt.Project.open(folder) as project:
        project.training.stepped()
        project.add_suggestions(predictions(project, wrong=10), source="m", progress=False)
        answer(project, 20)
        [row] = project.suggesters().to_dict("records")
        labelled = project.labels().merge(predictions(project, wrong=10), on="sample_id")
        hits = (labelled.label_x == labelled.label_y).mean()
        assert (row["n_judged"], row["right"]) == (20, hits)
        assert row["low"] < hits < row["high"] and row["state"] in ("used", "stopped")
        by_class = project.suggesters(by_class=True)
        assert by_class.n_judged.sum() == 20 and set(by_class.label) == {"low", "high"}
        assert project.status()["suggesters"][0]["source"] == "m"


def test_labels_that_an_informed_model_has_learned_do_not_judge_it(folder: Path) -> None:
    toml = folder / "project.toml"
    toml.write_text(toml.read_text().replace("uniform_share = 0.1", "uniform_share = 1.0"))
    with dalt.Project.open(folder) as project:
        project.training.stepped()
        answer(project, 10)
        project.add_suggestions(predictions(project), source="m", informed=True, progress=False)
        assert project.suggesters().n_judged.tolist() == [0]
        answer(project, 2)
        assert project.suggesters().n_judged.tolist() == [2]


def test_the_snapshots_come_out_the_same_again(folder: Path) -> None:
    with dalt.Project.open(folder) as project:
        project.training.stepped()
        project.add_suggestions(predictions(project, wrong=6), source="m", progress=False)
        answer(project, 4)
        project.rename_class("low", "deep")
        project.add_suggestions(predictions(project)[:0:-1].replace("low", "deep"), source="n",
                                progress=False)  # fmt: skip
        project.trainer.wait(PATIENCE)
        project.remove_suggester("m")
        project.trainer.wait(PATIENCE)
        project.remove(ids(project)[:2])
        project.trainer.wait(PATIENCE)
        assert project.trainer.snapshot is not None
        assert project.trainer.snapshot.sources == ("n",)
    found = replay(folder)
    assert len(found) > 6 and [each.version for each in found if not each.same] == []
    assert {each.mark for each in read_conditions(folder / "snapshots").values()} > {(40, 1)}


def test_a_restart_learns_nothing_again(folder: Path) -> None:
    with dalt.Project.open(folder) as project:
        project.training.stepped()
        project.add_suggestions(predictions(project), source="m", progress=False)
        answer(project, 2)
    with dalt.Project.open(folder) as project:
        project.training.stepped()
        before = project.trainer.snapshot
        project.trainer.wait(PATIENCE)
        assert project.trainer.snapshot is before is not None


# --- replaced, removed, refused ---------------------------------------------------------------


def test_the_same_source_again_adds_and_replaces_and_says_so(project: dalt.Project) -> None:
    project.add_suggestions(predictions(project)[:30], source="m", progress=False)
    again = project.add_suggestions(predictions(project, wrong=5), source="m", progress=False)
    assert (again.new, again.replaced, again.unchanged) == (10, 5, 25)
    assert repr(again) == (
        "m: 10 suggestions are new, 5 replaced earlier ones, 25 were there already."
    )


def test_a_removed_source_counts_for_nothing(project: dalt.Project) -> None:
    project.add_suggestions(predictions(project), source="m", progress=False)
    project.remove_suggester("m")
    project.trainer.wait(PATIENCE)
    assert len(project.suggesters()) == 0
    with project.session("ana") as session:
        assert assigned(session).suggestion.top is None
    with pytest.raises(
        dalt.BadInput, match=r"There is no source of suggestions 'm'; there are none"
    ):
        project.remove_suggester("m")


def test_a_renamed_class_keeps_its_suggestions(project: dalt.Project) -> None:
    project.add_suggestions(predictions(project), source="m", progress=False)
    project.rename_class("low", "deep")
    project.trainer.wait(PATIENCE)
    top = project.suggest().query("rank == 1").label.tolist()
    assert top == ["deep"] * (N // 2) + ["high"] * (N // 2)


def test_rows_that_are_no_sample_are_named(project: dalt.Project) -> None:
    given = pd.concat([predictions(project), pd.DataFrame({"sample_id": ["x"], "label": ["low"]})])
    with pytest.warns(LeftOut, match=r"Left out 1 beside 40 suggestions .*'x' is no sample"):
        added = project.add_suggestions(given, source="m", progress=False)
    assert added.skipped.why.tolist() == ["'x' is no sample of this project; see project.samples()"]


REFUSED: dict[str, tuple[Any, str]] = {
    "no file": ("nowhere.csv", r"There is no file"),
    "no suggestions": ([{"sample_id": "x", "label": "low"}], r"'x' is no sample of this project"),
    "unknown class": ([{"sample_id": "x", "label": "middle"}], r"There is no class 'middle'"),
    "nonsense": (7, r"Predictions are a file, a DataFrame or a list of mappings, not 7"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_taken_is_refused_in_one_sentence(project: dalt.Project, what: str) -> None:
    given, said = REFUSED[what]
    with pytest.raises(dalt.BadInput, match=said) as refused:
        project.add_suggestions(given, source="m", progress=False)
    assert "\n" not in str(refused.value)
    assert len(project.suggesters()) == 0, "nothing is left of it"


def test_a_name_is_either_given_or_asked(project: dalt.Project) -> None:
    project.add_suggestions(predictions(project), source="m", progress=False)
    with pytest.raises(dalt.BadInput, match=r"predictions that were given already"):
        project.add_suggester("m", lambda text: "low")
    project.add_suggester("rules", lambda text: "low").wait(PATIENCE)
    with pytest.raises(dalt.BadInput, match=r"is asked about samples already"):
        project.add_suggestions(predictions(project), source="rules", progress=False)


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"multi_label": True}, "a sample can have several"), ({"task": "spans"}, "regions are")],
)
def test_where_samples_have_several_classes_or_regions_sources_are_refused(
    tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"], **settings) as made:
        made.add_texts(["one"], progress=False)
        with pytest.raises(dalt.BadInput, match=said):
            made.add_suggestions([{"text": "one", "label": "a"}], source="m", progress=False)
        with pytest.raises(dalt.BadInput, match=said):
            made.add_suggester("rules", lambda text: "a")


# --- asked in the background --------------------------------------------------------------------


def test_a_function_is_asked_about_every_sample_and_about_new_ones(project: dalt.Project) -> None:
    asked: list[str] = []

    def rules(text: str) -> str | None:
        asked.append(text)
        return true(int(text.split()[1])) if len(text) > 6 else None

    found = project.add_suggester("rules", rules)
    found.wait(PATIENCE)
    assert (found.asked, found.left, found.state) == (N, 0, "done")
    assert project.suggesters().n_votes.tolist() == [30], "on the others it says nothing"
    project.add_texts(["text 99"], progress=False)
    until(lambda: "text 99" in asked)
    until(lambda: project.suggesters().n_votes.tolist() == [31])


def test_answers_of_a_language_model_are_paid_for_once(folder: Path) -> None:
    """Also where the source is taken out and comes back, in another process."""

    def model(sample: Any) -> dict[str, Any]:
        return {"label": true(int(str(sample).split()[-1].strip('"}'))), "probability": 0.9}

    with language_server(well(model)) as server:
        for _ in range(2):
            source = chat(server.url, "tiny", key=None, batch=20)
            with dalt.Project.open(folder) as project:
                project.add_suggester("tiny", source).wait(PATIENCE)
                found = project.suggesters().set_index("source")
                assert found.n_votes["tiny"] == N
                project.remove_suggester("tiny")
            assert source.keeps and source.usage.cached in (0, N)
        assert len(server.bodies) == 2, "twenty samples each"
    assert (folder / "answers" / "answers.jsonl").exists()


def test_the_same_function_goes_on_where_it_was(folder: Path) -> None:
    asked: SimpleQueue[str] = SimpleQueue()  # values of a list would be part of the function

    def rules(text: str) -> str:
        asked.put(text)
        return "low"

    with dalt.Project.open(folder) as project:
        project.add_suggester("rules", rules).wait(PATIENCE)
    assert asked.qsize() == N
    with dalt.Project.open(folder) as project:
        project.add_suggester("rules", rules).wait(PATIENCE)
        assert asked.qsize() == N
        project.add_class("middle")
        until(lambda: asked.qsize() == 2 * N)


def test_closing_stops_it_at_once_and_what_it_said_is_kept(folder: Path) -> None:
    waits, begun = threading.Event(), threading.Event()

    def slow(text: str) -> str:
        if text == "text 3":
            begun.set()
            waits.wait(PATIENCE)
        return "low"

    with dalt.Project.open(folder) as project:
        project.add_suggester("slow", slow)
        assert begun.wait(PATIENCE)
        began = time.monotonic()
    assert time.monotonic() - began < PATIENCE / 2
    waits.set()


def test_a_function_that_raises_is_counted_and_labeling_goes_on(project: dalt.Project) -> None:
    def rules(text: str) -> str:
        if text.endswith("7"):
            raise KeyError("colour")
        return "low"

    found = project.add_suggester("rules", rules)
    found.wait(PATIENCE)
    assert found.message == (
        "rules failed on 4 samples; the first: rules() raised KeyError: 'colour'."
    )
    assert project.suggesters().trouble.tolist() == [found.message]
    assert project.suggesters().n_votes.tolist() == [N - 4]
    answer(project, 3)
    assert len(project.labels()) == 3


def test_a_function_that_hangs_is_given_up(project: dalt.Project) -> None:
    from dalt.suggesters import FunctionSource

    waits = threading.Event()
    slow = FunctionSource(lambda text: waits.wait(PATIENCE), seconds=0.05)
    found = project.add_suggester("slow", slow)
    found.wait(PATIENCE)
    assert found.state == "failed" and "gave no answer within 0.05 seconds" in found.message
    waits.set()


def test_what_is_no_function_is_refused(project: dalt.Project) -> None:
    with pytest.raises(dalt.BadInput, match="A suggester is a function of one raw sample"):
        project.add_suggester("rules", "low")  # type: ignore[arg-type]
    with dalt.Project.open(project.folder, thin=True) as thin, pytest.raises(dalt.DaltError):
        thin.add_suggester("rules", lambda text: "low")


# --- the command line ---------------------------------------------------------------------------


def test_the_command_adds_lists_and_removes(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with dalt.Project.open(folder) as project:
        predictions(project).to_csv(tmp_path / "predictions.csv", index=False)
    where = [str(folder), "add", str(tmp_path / "predictions.csv")]
    assert main(["suggest", *where, "--source", "m"]) == 0
    assert "m: 40 suggestions are new." in capsys.readouterr().out
    assert main(["suggest", str(folder)]) == 0
    assert "m: 40 suggestions, counts; weight 1.00." in capsys.readouterr().out
    assert main(["suggest", str(folder), "--json"]) == 0
    assert '"source":"m"' in capsys.readouterr().out.replace('": "', '":"')
    assert main(["suggest", str(folder), "remove", "m"]) == 0
    assert main(["suggest", str(folder), "remove", "m"]) == 1
    assert main(["suggest", str(folder), "add", "x.csv"]) == 2
    assert "Name both" in capsys.readouterr().err
    assert main(["suggest", str(folder)]) == 0
    assert "Nothing suggests beside the model" in capsys.readouterr().out


def test_status_says_what_a_source_cannot_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with dalt.Project.open(folder) as project:
        project.add_suggester("rules", lambda text: 1 / 0).wait(PATIENCE)
    assert main(["status", str(folder)]) == 0
    assert "rules failed on 40 samples" in capsys.readouterr().out
