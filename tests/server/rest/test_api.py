"""The model server: real processes on loopback, asked over HTTP."""

from __future__ import annotations

import base64
import io
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asked import Asked, environment, next_event, serving, training
from PIL import Image
from sklearn.datasets import load_digits

import dalt
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.training import Schedule

N = 120

NAMES = [str(digit) for digit in range(10)]

PNG = {"Content-Type": "image/png"}


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def bomb(side: int = 40_000) -> bytes:
    """A PNG of a few hundred bytes that says it has a billion pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000))
        + chunk(b"IEND", b"")
    )


@dataclass
class Digits:
    """A project of digits, its server and its trainer."""

    folder: Path
    ids: list[str]
    images: np.ndarray
    truth: dict[str, str]
    asked: Asked

    def label(self, n: int, annotator: str) -> int:
        """Label samples rightly over the network; the last event."""
        event = 0
        for _ in range(n):
            (given,) = self.asked.ask("POST", "/v1/next", {"annotator": annotator}).json[
                "assignments"
            ]
            sample_id = given["sample"]["sample_id"]
            answer = self.asked.ask(
                "POST", "/v1/labels", new_label(sample_id, self.truth[sample_id], annotator)
            )
            assert answer.status == 200, answer.body
            event = answer.json["event_id"]
        return event


def new_label(sample_id: str, label: Any, annotator: str = "ana", **more: Any) -> dict[str, Any]:
    body = {"sample_id": sample_id, "label": label, "annotator": annotator}
    return body | {"key": f"{annotator}:{sample_id}:{label}"} | more


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], np.ndarray, list[str]]:
    folder = tmp_path_factory.mktemp("api") / "digits.dalt"
    digits = load_digits()
    images = (digits.images[:N] * 15).astype(np.uint8)
    with dalt.Project.create(folder, classes=NAMES) as project:
        ids = project.add_images(images, progress=False).ids
        project.encode(ImageEncoder(schedule=Schedule(most=10)), progress=False)
    return folder, ids, images, [str(digit) for digit in digits.target[:N]]


@pytest.fixture(scope="module")
def digits(made: tuple[Path, list[str], np.ndarray, list[str]]) -> Iterator[Digits]:
    """With twelve labels, learned."""
    folder, ids, images, targets = made
    with training(folder), serving(folder, "--max-body-mb", "1") as asked:
        project = Digits(folder, ids, images, dict(zip(ids, targets, strict=True)), asked)
        assert asked.ask("GET", "/v1/model").status == 409
        asked.model(project.label(12, "first"))
        yield project


# --- what it answers --------------------------------------------------------------------------


def test_the_model_says_what_it_has_read(digits: Digits) -> None:
    model = digits.asked.ask("GET", "/v1/model").json
    assert model["classes"] == NAMES
    assert model["labels_read"] >= 12 and model["n_samples"] == N
    assert model["trainer"]["state"] in ("idle", "learning")
    assert set(model["metrics"]) and len(model["hash"]) == 64


def test_a_picture_is_predicted_as_by_the_project(digits: Digits) -> None:
    answer = digits.asked.ask("POST", "/v1/predict", png(digits.images[3]), headers=PNG).json
    with dalt.Project.open(digits.folder, thin=True) as project:
        frame = project.predict(digits.images[3:4])
    (found,) = answer["predictions"]
    assert answer["snapshot"] == frame.snapshot[0]
    assert [each["label"] for each in found["classes"]] == frame.label.tolist()
    assert [each["probability"] for each in found["classes"]] == pytest.approx(
        frame.probability.tolist(), abs=1e-5
    )


def test_a_batch_keeps_its_order_in_every_encoding(digits: Digits) -> None:
    files = [png(image) for image in digits.images[:3]]
    single = [
        digits.asked.ask("POST", "/v1/predict?top=1", file, headers=PNG).json["predictions"][0]
        for file in files
    ]
    encoded = [{"data": base64.b64encode(file).decode()} for file in files]
    as_json = digits.asked.ask("POST", "/v1/predict?top=1", {"samples": encoded}).json
    parts = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="f.png"\r\n\r\n'
        + file
        + b"\r\n"
        for file in files
    )
    form = digits.asked.ask(
        "POST",
        "/v1/predict?top=1",
        parts + b"--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    ).json
    for found in (as_json["predictions"], form["predictions"]):
        assert [each["classes"][0]["label"] for each in found] == [
            each["classes"][0]["label"] for each in single
        ]


def test_suggestions_are_those_of_the_project(digits: Digits) -> None:
    ids = digits.ids[:5]
    asked = digits.asked.ask("POST", "/v1/suggest", {"sample_ids": ids}).json
    few = digits.asked.ask("GET", f"/v1/suggest?sample_id={ids[0]}&sample_id={ids[1]}").json
    with dalt.Project.open(digits.folder, thin=True) as project:
        frame = project.suggest(ids)
    assert [each["sample_id"] for each in asked["suggestions"]] == ids
    found = [each["label"] for said in asked["suggestions"] for each in said["classes"]]
    assert found == frame.label.tolist()
    assert few["suggestions"] == asked["suggestions"][:2]


def test_a_label_is_recorded_with_what_was_suggested(digits: Digits) -> None:
    (given,) = digits.asked.ask("POST", "/v1/next", {"annotator": "sue"}).json["assignments"]
    sample_id = given["sample"]["sample_id"]
    event = digits.asked.ask("POST", "/v1/labels", new_label(sample_id, "3", "sue")).json
    assert event["suggested"] == given["suggestion"]["classes"][0]["label"]
    assert event["snapshot"] == given["snapshot"]
    with dalt.Project.open(digits.folder, thin=True) as project:
        row = project.history().set_index("event_id").loc[event["event_id"]]
    assert (row.label, row.annotator, row.suggested) == ("3", "sue", event["suggested"])
    assert row.draw in ("uniform", "strategy")


def test_a_label_sent_twice_is_recorded_once(digits: Digits) -> None:
    body = new_label(digits.ids[0], "1", "twice")
    body.pop("key")
    header = {"Idempotency-Key": "the same"}
    first, second = (digits.asked.ask("POST", "/v1/labels", body, headers=header) for _ in range(2))
    assert first.status == second.status == 200
    assert first.json == second.json
    other = digits.asked.ask("POST", "/v1/labels", body | {"label": "2"}, headers=header)
    assert other.status == 409
    assert other.json["error"].startswith("The key 'the same' has recorded something else already")
    elsewhere = digits.asked.ask(
        "POST", "/v1/labels", body | {"sample_id": digits.ids[1]}, headers=header
    )
    assert elsewhere.status == 409, "not the answer of the first event"


def test_null_skips(digits: Digits) -> None:
    event = digits.asked.ask("POST", "/v1/labels", new_label(digits.ids[1], None, "skipper")).json
    assert (event["kind"], event["label"]) == ("skip", None)


def test_labels_come_in_pages(digits: Digits) -> None:
    after: int | None = 0
    found: list[dict[str, Any]] = []
    while after is not None:
        page = digits.asked.ask("GET", f"/v1/labels?after={after}&limit=5").json
        found += page["labels"]
        after = page["next"]
    with dalt.Project.open(digits.folder, thin=True) as project:
        labels = project.labels()
    assert [each["sample_id"] for each in found] == labels.sample_id.tolist()
    assert [each["label"] for each in found] == labels.label.tolist()


def test_the_content_of_a_sample_is_never_a_page(digits: Digits) -> None:
    answer = digits.asked.ask("GET", f"/v1/samples/{digits.ids[0]}/content")
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(answer.body))), digits.images[0])
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_new_labels_are_learned_and_no_request_is_dropped(digits: Digits) -> None:
    """While snapshot after snapshot is swapped in, every request is answered whole."""
    before = digits.asked.ask("GET", "/v1/model").json["version"]
    stop, statuses, versions = threading.Event(), [], []

    def keep_asking() -> None:
        while not stop.is_set():
            answer = digits.asked.ask(
                "POST", "/v1/predict?top=1", png(digits.images[7]), headers=PNG
            )
            statuses.append(answer.status)
            versions.append(answer.json["snapshot"])

    threads = [threading.Thread(target=keep_asking) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        event = digits.label(2, "busy")
        model = digits.asked.model(event)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}
    assert model["version"] > before
    last = digits.asked.ask("POST", "/v1/predict", png(digits.images[7]), headers=PNG).json
    assert last["snapshot"] >= model["version"]


def test_events_tell_of_labels_and_snapshots(digits: Digits) -> None:
    connection = digits.asked.connect()
    connection.request(
        "GET", "/v1/events", headers={"Authorization": f"Bearer {digits.asked.token}"}
    )
    stream = connection.getresponse()
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert next_event(stream)[0] == "snapshot"  # where things stand
    event = digits.label(1, "heard")
    seen: list[tuple[str, Any]] = []
    while not (seen and seen[-1][0] == "snapshot" and seen[-1][1]["cursor"] >= event):
        seen.append(next_event(stream))
    connection.close()
    labels = [said for name, said in seen if name == "label" and said["annotator"] == "heard"]
    assert [said["event_id"] for said in labels] == [event]


def test_events_that_were_missed_come_first(digits: Digits) -> None:
    event = digits.label(2, "missed")
    connection = digits.asked.connect()
    headers = {"Authorization": f"Bearer {digits.asked.token}", "Last-Event-ID": str(event - 1)}
    connection.request("GET", "/v1/events", headers=headers)
    stream = connection.getresponse()
    found = [next_event(stream) for _ in range(2)]
    connection.close()
    assert [name for name, _ in found] == ["snapshot", "label"]
    assert found[1][1]["event_id"] == event


def test_the_server_never_learns(digits: Digits) -> None:
    learning = "'dalt.learning.training.trainer', 'dalt.learning.heads.blend'"
    heavy = f"{{'torch', 'sklearn', 'pandas', {learning}}}"
    script = f"import sys, dalt.server.rest.app; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_label_studio_is_told_of_files_that_are_no_samples(digits: Digits) -> None:
    file = png(255 - digits.images[0])
    tasks = [
        {"data": {"pic": f"data:image/png;base64,{base64.b64encode(file).decode()}"}},
        {"data": {"pic": "http://127.0.0.1:1/never-fetched.png"}},
    ]
    config = '<View><Image name="p" value="$pic"/><Choices name="c" toName="p"/></View>'
    body = {"tasks": tasks, "label_config": config}
    first, second = digits.asked.ask("POST", "/label-studio/predict", body).json["results"]
    top = digits.asked.ask("POST", "/v1/predict?top=1", file, headers=PNG).json
    (best,) = top["predictions"][0]["classes"]
    assert first["result"][0]["value"]["choices"] == [best["label"]]
    assert (first["result"][0]["from_name"], first["result"][0]["to_name"]) == ("c", "p")
    assert second["result"] == []


# --- who is let in, and how much --------------------------------------------------------------


def test_large_bodies_are_refused(digits: Digits) -> None:
    answer = digits.asked.ask("POST", "/v1/predict", b"x" * 1_000_001, headers=PNG)
    assert (answer.status, answer.json["error"]) == (
        413,
        "The body is over 1,000,000 bytes; send less at once.",
    )


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/labels", "/v1/suggest"])
def test_large_bodies_of_unknown_length_are_refused(digits: Digits, path: str) -> None:
    connection = digits.asked.connect()
    headers = {
        "Authorization": f"Bearer {digits.asked.token}",
        "Content-Type": "application/json",
        "Transfer-Encoding": "chunked",
    }
    connection.request(
        "POST", path, (b" " * 100_000 for _ in range(11)), headers, encode_chunked=True
    )
    assert connection.getresponse().status == 413
    connection.close()


# --- what goes wrong --------------------------------------------------------------------------


def test_a_bomb_is_refused_by_its_header(digits: Digits) -> None:
    answer = digits.asked.ask("POST", "/v1/predict", bomb(), headers=PNG)
    assert (answer.status, answer.json["error"]) == (
        422,
        "This image cannot be used: too large: 40,000 × 40,000 pixels (the limit is 64,000,000 in "
        "all).",
    )


def test_a_picture_over_the_limit_says_its_size(digits: Digits) -> None:
    answer = digits.asked.ask("POST", "/v1/predict", bomb(8_100), headers=PNG)
    assert (answer.status, answer.json["error"]) == (
        422,
        "This image cannot be used: too large: 8,100 × 8,100 pixels (the limit is 64,000,000 in "
        "all).",
    )


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (
            {"sample_id": "SAMPLE", "label": "cat", "annotator": "a", "key": "k"},
            422,
            "There is no class 'cat'",
        ),
        (
            {"sample_id": "nowhere", "label": "1", "annotator": "a", "key": "k"},
            404,
            "There is no sample 'nowhere'",
        ),
        (
            {"sample_id": "SAMPLE", "label": ["1", "2"], "annotator": "a", "key": "k"},
            422,
            "A sample has one class",
        ),
        (
            {"sample_id": "SAMPLE", "label": "1", "annotator": " ", "key": "k"},
            422,
            "body.annotator: ",
        ),
        (
            {"sample_id": "SAMPLE", "label": "1", "annotator": "a\0", "key": "k"},
            422,
            "body.annotator: ",
        ),
        (
            {"sample_id": "SAMPLE", "label": "1", "annotator": "a"},
            422,
            "Give each label its own key",
        ),
        ({"sample_id": "SAMPLE", "annotator": "a", "key": "k"}, 422, "body.label: Field required."),
        (
            {"sample_id": "SAMPLE", "label": "1", "annotator": "a", "key": "k", "x": 1},
            422,
            "body.x: ",
        ),
    ],
)
def test_a_label_that_makes_no_sense_is_one_sentence(
    digits: Digits, body: dict[str, Any], status: int, error: str
) -> None:
    body = body | ({"sample_id": digits.ids[0]} if body["sample_id"] == "SAMPLE" else {})
    answer = digits.asked.ask("POST", "/v1/labels", body)
    assert answer.status == status
    assert answer.json["error"].startswith(error), answer.json
    assert set(answer.json) == {"error"}


@pytest.mark.parametrize("path", ["/v1/labels", "/v1/predict", "/v1/suggest", "/v1/next"])
@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"annotator": "\\ud800"}'])
def test_malformed_json_is_422(digits: Digits, path: str, body: bytes) -> None:
    answer = digits.asked.ask("POST", path, body, headers={"Content-Type": "application/json"})
    assert answer.status == 422
    assert answer.json["error"]


@pytest.mark.parametrize(
    ("kind", "body", "status", "error"),
    [
        ("image/png", b"no picture", 422, "This image cannot be used: not an image."),
        ("image/png", b"", 422, "This image cannot be used: empty (0 bytes)."),
        (
            "text/plain",
            b"a text",
            422,
            "This image cannot be used: a file is needed here, not text.",
        ),
        ("text/plain", b"\xff", 422, "The text is not valid UTF-8."),
        ("application/xml", b"<a/>", 415, "Send application/json"),
        ("multipart/form-data; boundary=x", b"nothing", 422, "The multipart body"),
        ("multipart/form-data", b"nothing", 422, "The multipart body"),
    ],
)
def test_what_cannot_be_predicted_is_one_sentence(
    digits: Digits, kind: str, body: bytes, status: int, error: str
) -> None:
    answer = digits.asked.ask("POST", "/v1/predict", body, headers={"Content-Type": kind})
    assert answer.status == status
    assert answer.json["error"].startswith(error), answer.json


def test_the_damaged_one_of_a_batch_is_named(digits: Digits) -> None:
    good = base64.b64encode(png(digits.images[0])).decode()
    body = {"samples": [{"data": good}, {"data": "AAAA"}]}
    answer = digits.asked.ask("POST", "/v1/predict", body)
    assert (answer.status, answer.json["error"]) == (
        422,
        "Sample 1: This image cannot be used: not an image.",
    )


# --- against its own document -----------------------------------------------------------------


@pytest.mark.slow
def test_nothing_in_the_document_breaks_it(digits: Digits, tmp_path: Path) -> None:
    """schemathesis makes requests of the OpenAPI document: none is answered by a 5xx."""
    checks = [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
    ]
    command = [str(Path(sys.executable).with_name("schemathesis")), "run"]
    command += [f"{digits.asked.url}/openapi.json", "--checks", ",".join(checks)]
    command += ["--header", f"Authorization: Bearer {digits.asked.token}"]
    command += ["--exclude-path", "/v1/events"]  # it goes on until it is left
    command += ["--max-examples", "30", "--seed", "1", "--generation-database", "none"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
