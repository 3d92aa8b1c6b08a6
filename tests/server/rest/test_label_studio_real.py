"""A real Label Studio: it gets our predictions, and its annotations reach our store."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asked import Asked, serving, training
from assignments import assigned
from waiting import until

import dalt
from dalt.core.records import LeftOut
from dalt.data.exchange.labelstudio import labeling_config

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

ROOT = Path(__file__).parents[3]
N = 24
TRUTH = {f"text number {i}": "low" if i < N // 2 else "high" for i in range(N)}
USER_TOKEN = "0123456789abcdef0123456789abcdef01234567"
PATIENCE = 600.0


@dataclass
class LabelStudio:
    """A running server, and how to ask it."""

    port: int

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Authorization": f"Token {USER_TOKEN}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            said = answer.read()
            assert answer.status < 300, (method, path, answer.status, said[:2_000])
            return json.loads(said) if said else None
        finally:
            connection.close()


@contextmanager
def label_studio(folder: Path) -> Iterator[LabelStudio]:
    command = subprocess.run(
        [ROOT / "scripts" / "ensure_label_studio.sh"], capture_output=True, text=True, check=True
    ).stdout.strip()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DALT_")}
    kept.pop("PYTHONPATH", None)
    environment = kept | {
        "HOME": str(folder),
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        # By default it asks nothing on this machine: our server is on loopback.
        "ML_BLOCK_LOCAL_IP": "false",
        "SSRF_PROTECTION_ENABLED": "false",
    }
    options = ["start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    options += ["--username", "ana@example.org", "--password", "secret word 1"]
    options += ["--user-token", USER_TOKEN, "--enable-legacy-api-token"]
    options += ["--data-dir", str(folder)]
    log = folder / "label-studio.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [command, *options], env=environment, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        found = LabelStudio(port)
        until(
            lambda: process.poll() is not None or answers(found),
            lambda: log.read_text()[-3_000:],
            seconds=PATIENCE,
        )
        assert process.poll() is None, log.read_text()[-3_000:]
        yield found
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Asked, Path, list[str]]]:
    """Our server of a project with eight labels, learned."""
    folder = tmp_path_factory.mktemp("ours") / "texts.dalt"
    with dalt.Project.create(folder, classes=["low", "high"]) as project:
        ids = project.add_texts(list(TRUTH), progress=False).ids
        points = np.random.default_rng(0).normal(size=(N, 4)).astype(np.float32)
        points[N // 2 :] += 8
        project.add_embeddings(points, progress=False)
        truth = dict(zip(ids, TRUTH.values(), strict=True))
        with project.session("first") as session:
            for _ in range(8):
                assignment = assigned(session)
                session.submit(assignment, truth[assignment.sample.id])
        project.trainer.wait(60)
        project.export(folder.parent / "tasks.json", "label-studio")
    with training(folder), serving(folder, token="secret") as server:
        yield server, folder, ids


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    with label_studio(tmp_path_factory.mktemp("studio")) as running:
        yield running


def test_predictions_go_there_and_annotations_come_here(
    asked: tuple[Asked, Path, list[str]], studio: LabelStudio
) -> None:
    server, folder, ids = asked
    with dalt.Project.open(folder, thin=True) as project:
        config = labeling_config("text", project.settings.class_set)
    made = studio.ask("POST", "/api/projects", {"title": "ours", "label_config": config})
    project_id = made["id"]
    tasks = [
        {"data": {"sample": text, "sample_id": sample_id}}
        for text, sample_id in zip(TRUTH, ids, strict=True)
    ]
    studio.ask("POST", f"/api/projects/{project_id}/import", tasks)
    # The token is in the address: so the webhook that Label Studio makes by itself has it, too.
    url = server.url.replace("http://", "http://dalt:secret@") + "/label-studio"
    backend = studio.ask("POST", "/api/ml", {"project": project_id, "url": url, "title": "DALT"})
    assert backend["state"] == "CO", backend  # connected: health and setup were answered
    found = {
        task["data"]["sample_id"]: task["id"]
        for task in studio.ask("GET", f"/api/tasks?project={project_id}&page_size=100")["tasks"]
    }

    # Predictions: Label Studio asks for them, by its own action.
    studio.ask(
        "POST",
        f"/api/dm/actions?id=retrieve_tasks_predictions&project={project_id}",
        {"selectedItems": {"all": True, "excluded": []}},
    )
    predictions = studio.ask("GET", f"/api/predictions?project={project_id}")
    said = {each["task"]: each["result"][0]["value"]["choices"][0] for each in predictions}
    truth = dict(zip(ids, TRUTH.values(), strict=True))
    assert len(said) == N
    right = sum(said[task] == truth[sample_id] for sample_id, task in found.items())
    assert right >= N - 2  # two clear clusters
    version = str(server.ask("GET", "/v1/model").json["version"])
    assert {each["model_version"] for each in predictions} == {version}

    # An annotation is recorded here, changed, and taken back.
    sample_id = ids[0]
    annotation = studio.ask(
        "POST", f"/api/tasks/{found[sample_id]}/annotations", {"result": choice("high")}
    )
    label = labelled(folder, sample_id, lambda rows: "high" in rows.values())
    (annotator,) = [name for name in label if name.startswith("label-studio:")]
    before = server.ask("GET", "/v1/labels").json["labels"][-1]["event_id"]
    assert server.model(before)["cursor"] >= before  # and learned by the trainer
    studio.ask("PATCH", f"/api/annotations/{annotation['id']}", {"result": choice("low")})
    labelled(folder, sample_id, lambda rows: rows.get(annotator) == "low")
    studio.ask("DELETE", f"/api/annotations/{annotation['id']}")
    labelled(folder, sample_id, lambda rows: annotator not in rows)

    # Training is asked for, and is the trainer's: the answer is no error.
    studio.ask("POST", f"/api/ml/{backend['id']}/train", {})


def test_our_export_is_imported_there(
    asked: tuple[Asked, Path, list[str]], studio: LabelStudio
) -> None:
    _, folder, _ = asked
    with dalt.Project.open(folder, thin=True) as project:
        config = labeling_config("text", project.settings.class_set)
    made = studio.ask("POST", "/api/projects", {"title": "export", "label_config": config})
    tasks = json.loads((folder.parent / "tasks.json").read_text("utf-8"))
    studio.ask("POST", f"/api/projects/{made['id']}/import", tasks)
    for format in ("JSON", "JSON_MIN"):
        exported = studio.ask("GET", f"/api/projects/{made['id']}/export?exportType={format}")
        assert len(exported) == 8
        assert truth_of(exported, folder.parent, format) == 8


def test_labels_of_tasks_that_never_knew_dalt_come_in(studio: LabelStudio, tmp_path: Path) -> None:
    config = """<View><Text name="t" value="$review"/>
    <Choices name="tone" toName="t"><Choice value="kind"/><Choice value="rude"/></Choices>
    <Choices name="height" toName="t"><Choice value="low"/><Choice value="high"/></Choices>
    </View>"""
    made = studio.ask("POST", "/api/projects", {"title": "theirs", "label_config": config})
    tasks = [{"no": n, "review": text} for n, text in enumerate(TRUTH)]
    studio.ask("POST", f"/api/projects/{made['id']}/import", tasks)
    listed = studio.ask("GET", f"/api/tasks?project={made['id']}&page_size=100&fields=all")["tasks"]
    for task in listed[:5]:
        answers = {"tone": "rude", "height": TRUTH[task["data"]["review"]]}
        result = [
            {"from_name": name, "to_name": "t", "type": "choices", "value": {"choices": [said]}}
            for name, said in answers.items()
        ]
        studio.ask("POST", f"/api/tasks/{task['id']}/annotations", {"result": result})
    for format in ("JSON", "JSON_MIN"):
        exported = studio.ask("GET", f"/api/projects/{made['id']}/export?exportType={format}")
        with pytest.warns(LeftOut, match="'rude' answers another question"):
            assert truth_of(exported, tmp_path, format) == 5


def truth_of(exported: Any, folder: Path, format: str) -> int:
    """How many labels of an export come in; all have to be true."""
    path = folder / f"{format}.json"
    path.write_text(json.dumps(exported), encoding="utf-8")
    with dalt.Project.create(folder / f"{format}.dalt", classes=["low", "high"]) as other:
        other.add_texts(list(TRUTH), progress=False)
        count = other.import_labels(path)
        truth = dict(zip(other.samples().sample_id, TRUTH.values(), strict=True))
        assert all(truth[row.sample_id] == row.label for row in other.labels().itertuples())
    return int(count)


def choice(name: str) -> list[dict[str, Any]]:
    value = {"choices": [name]}
    return [{"from_name": "label", "to_name": "sample", "type": "choices", "value": value}]


def answers(asked: LabelStudio) -> bool:
    try:
        asked.ask("GET", "/api/projects")
    except (OSError, http.client.HTTPException, AssertionError):
        return False
    return True


def labelled(folder: Path, sample_id: str, holds: Any) -> dict[Any, Any]:
    """Who gave a sample which label, once something holds of that."""
    with dalt.Project.open(folder, thin=True) as project:

        def rows() -> list[dict[Any, Any]]:
            labels = project.labels()
            found = labels[labels.sample_id == sample_id].set_index("annotator").label.to_dict()
            return [found] if holds(found) else []

        return until(rows)[0]  # Label Studio tells of it after its own answer
