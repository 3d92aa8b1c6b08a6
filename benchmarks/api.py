"""How quickly the model server answers while the trainer works, and sees what was learned.

    make bench RUN=api  # 2,000 samples
    make bench RUN=api OPTIONS="--samples 10000 --seconds 60"
    make bench RUN=api OPTIONS="--samples 500 --seconds 2 --labels 3"  # to try it

One 28 × 28 picture is predicted at 50 requests a second over one connection each, in an open
loop: the clock of a request starts when it was due, so that waiting counts.  Meanwhile an
annotator labels once a second, and `dalt train` learns from each label.  Then, from a label's
answer to the moment when `/v1/model` has read it.  Beside the figures stands a bare FastAPI
route that reads the same body and does nothing, under the same load.  Prints JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from machine import about_this_machine
from PIL import Image

import dalt
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.training import Schedule

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from asked import TOKEN, Asked, environment, serving, training

PER_SECOND = 50
BARE = """
import sys, uvicorn
from fastapi import FastAPI, Request
app = FastAPI()
@app.post("/v1/predict")
async def bare(request: Request) -> dict[str, int]:
    return {"bytes": len(await request.body())}
uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=5.0, help="of load, each")
    parser.add_argument("--labels", type=int, default=10, help="that are waited for")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "fashion.dalt"
        images, truth = data(options.samples)
        with dalt.Project.create(folder, classes=sorted(set(truth))) as project:
            ids = project.add_images(images, progress=False).ids
            # Trained briefly: it computes as much for a picture as one that was trained long.
            project.encode(ImageEncoder(schedule=Schedule(most=10)), progress=False)
        labels = dict(zip(ids, truth, strict=True))
        picture = png(images[0])
        found = {"machine": about_this_machine(), "samples": len(images), "per_second": PER_SECOND}
        with training(folder), serving(folder) as asked:
            asked.model(label(asked, labels, 30))
            found["predict"] = loaded(asked, picture, options.seconds, labels)
            found["label_to_model_ms"] = reflected(asked, labels, options.labels)
            with bare() as other:
                found["bare_route"] = loaded(other, picture, options.seconds, labels, asked)
    print(json.dumps(found, indent=2))


def data(n: int) -> tuple[np.ndarray, list[str]]:
    """Fashion-MNIST where Debian has it, else the digits at the same size."""
    from dalt.data.demo import demo_data

    try:
        found = demo_data("fashion-mnist")
        images = found.images
    except dalt.DaltError:
        images = demo_data("digits").images
    images = np.asarray(images)
    while len(images) < n:  # copies with noise are other samples
        noise = np.random.default_rng(len(images)).integers(0, 20, images.shape, dtype=np.uint8)
        images = np.concatenate([images, np.minimum(images, 235) + noise])
    images = images[:n]
    if images.shape[1] != 28:
        images = np.stack([np.asarray(Image.fromarray(each).resize((28, 28))) for each in images])
    # What is learned does not matter here, only that it is: classes by brightness.
    ranks = np.argsort(np.argsort(images.reshape(len(images), -1).mean(1)))
    return images, [str(rank * 10 // len(images)) for rank in ranks]


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def label(asked: Asked, labels: dict[str, str], n: int) -> int:
    """Label samples; the last event."""
    event = 0
    for _ in range(n):
        (given,) = asked.ask("POST", "/v1/next", {"annotator": "ana"}).json["assignments"]
        sample_id = given["sample"]["sample_id"]
        body = {"sample_id": sample_id, "label": labels[sample_id], "annotator": "ana"}
        event = asked.ask("POST", "/v1/labels", body | {"key": sample_id}).json["event_id"]
    return event


def loaded(
    asked: Asked,
    picture: bytes,
    seconds: float,
    labels: dict[str, str],
    taught: Asked | None = None,
) -> dict[str, Any]:
    """Milliseconds of requests that are due 50 times a second, while labels are learned."""
    ended = threading.Event()

    def teach() -> None:
        while not ended.wait(1.0):
            label(taught or asked, labels, 1)

    teacher = threading.Thread(target=teach)
    teacher.start()
    took = open_loop(lambda connection: ask(connection, picture), asked, seconds)
    ended.set()
    teacher.join()
    return percentiles(took) | {"requests": len(took)}


def open_loop(send: Callable[[Any], None], asked: Asked, seconds: float) -> list[float]:
    """Ten workers take every tenth request; each is timed from when it was due."""
    n, workers = int(seconds * PER_SECOND), 10
    took = [0.0] * n
    begin = time.perf_counter() + 0.2

    def work(first: int) -> None:
        connection = asked.connect()
        for number in range(first, n, workers):
            due = begin + number / PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            send(connection)
            took[number] = (time.perf_counter() - due) * 1_000
        connection.close()

    threads = [threading.Thread(target=work, args=(first,)) for first in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def ask(connection: Any, picture: bytes) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "image/png"}
    connection.request("POST", "/v1/predict?top=3", picture, headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status


def reflected(asked: Asked, labels: dict[str, str], n: int) -> dict[str, float]:
    """Milliseconds from a label's answer to the moment when `/v1/model` has read it."""
    took = []
    for _ in range(n):
        event = label(asked, labels, 1)
        began = time.perf_counter()
        asked.model(event)
        took.append((time.perf_counter() - began) * 1_000)
    return percentiles(took) | {"worst": round(max(took), 1)}


def percentiles(took: list[float]) -> dict[str, float]:
    return {f"p{q}": round(float(np.percentile(took, q)), 2) for q in (50, 95, 99)}


@contextmanager
def bare() -> Iterator[Asked]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", BARE, str(port)], env=environment(), text=True
    )
    asked = Asked(f"http://127.0.0.1:{port}", process)
    try:
        while True:
            try:
                asked.ask("POST", "/v1/predict", b"x")
                break
            except OSError:
                time.sleep(0.05)
        yield asked
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
