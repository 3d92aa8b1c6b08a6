"""A server of the OpenAI protocol on loopback, with the manners that a test gives it.

It is a real HTTP server: what a test sends goes over a socket, and so do its faults.  Its "model"
is a rule that reads the samples of the last message as any model has to.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
Model = Callable[[Any], Json]
"""From a sample to its answer, without the id."""


@dataclass(frozen=True)
class Reply:
    """What the server does with a request.

    Attributes
    ----------
    status : int
    body : str or bytes
    headers : mapping
    close : bool
        Close the connection in the middle of the body.
    hold : threading.Event, optional
        Send a byte now and then until it is set, and never end before.
    """

    status: int = 200
    body: str | bytes = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    close: bool = False
    hold: threading.Event | None = None


Manners = Callable[[int, Json], Reply]
"""From the number of the request, from 0, and its body to the reply."""


def by_prize(sample: Any) -> Json:
    """Spam, if it is about a prize."""
    is_spam = "prize" in json.dumps(sample)
    return {"label": "spam" if is_spam else "ham", "probability": 0.75}


def samples_of(body: Json) -> list[tuple[str, Any]]:
    """The ids and samples of a request, of pictures their addresses."""
    content = body["messages"][-1]["content"]
    if isinstance(content, str):
        return [(each["id"], each["sample"]) for each in json.loads(content)["samples"]]
    told = [each["text"].split('"')[1] for each in content if each["type"] == "text"]
    shown = [each["image_url"]["url"] for each in content if each["type"] == "image_url"]
    return list(zip(told, shown, strict=True))


def completion(said: Any, *, tokens: tuple[int, int] | None = (100, 10), **about: Any) -> str:
    """The body of an answer in which the model says this: text, or JSON."""
    content = said if isinstance(said, str) else json.dumps(said)
    choice = {"index": 0, "message": {"role": "assistant", "content": content}}
    usage = {} if tokens is None else {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]}
    whole = {"choices": [{"finish_reason": "stop", **choice, **about}]}
    return json.dumps(whole | ({"usage": usage} if usage else {}))


def well(model: Model = by_prize) -> Manners:
    """A server that behaves well."""

    def answer(number: int, body: Json) -> Reply:
        answers = [{"id": id, **model(sample)} for id, sample in samples_of(body)]
        return Reply(body=completion({"answers": answers}))

    return answer


@dataclass
class Running:
    """A server that runs.

    Attributes
    ----------
    url : str
    bodies : list of dict
        Of the requests so far.
    headers : list of dict
        By lower-case names.
    most : int
        Requests that were under way at once.
    """

    url: str
    bodies: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    most: int = 0


@contextmanager
def language_server(manners: Manners) -> Iterator[Running]:
    """Run a server while the block does."""
    lock, now = threading.Lock(), [0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number = len(running.bodies)
                running.bodies.append(body)
                running.headers.append({name.lower(): each for name, each in self.headers.items()})
                now[0] += 1
                running.most = max(running.most, now[0])
            try:
                self.answer(manners(number, {**body, "path": self.path}))
            except OSError:
                self.close_connection = True
            finally:
                with lock:
                    now[0] -= 1

        def answer(self, reply: Reply) -> None:
            content = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content) + reply.close))
            self.end_headers()
            if reply.hold is not None:
                for sign in content:
                    self.wfile.write(bytes([sign]))
                    if reply.hold.wait(0.01):
                        return
            self.wfile.write(content)
            self.close_connection = self.close_connection or reply.close

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running = Running(f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> int:
    """A port that refuses connections: one that was free a moment ago."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    port = int(server.server_address[1])
    server.server_close()
    return port


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait in a thread of the server, where no failure is seen."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
