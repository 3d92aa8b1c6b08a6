"""Any server that speaks as OpenAI's does, as a source of suggestions."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from dalt.core.arguments import NUMBER, PATH, TEXT, TRUTH, WHOLE, optional, takes
from dalt.core.errors import BadInput, one_line
from dalt.suggesters.chat_asking import Asker, ChatSettings, Meter, Usage
from dalt.suggesters.chat_cache import AnswerCache
from dalt.suggesters.chat_prompt import FORMAT, Json, Piece, instructions, piece_of
from dalt.suggesters.chat_server import (
    Failed,
    Refused,
    Server,
    Stopped,
    Unusable,
    address_of,
    check_variable,
)
from dalt.suggesters.chat_threads import Threads
from dalt.suggesters.contract import Failures, TaskSaid, Vote

IN_A_ROW = 5
"""Requests that may fail one after another; then the server is left alone."""
MOST_AT_ONCE = 32
MOST_TOGETHER = 100
EXAMPLE = 1_000
"""Characters of a labelled example: they are sent with every request."""


@takes(
    base_url=TEXT,
    model=TEXT,
    key=optional(TEXT),
    images=TRUTH,
    batch=WHOLE,
    characters=WHOLE,
    concurrency=WHOLE,
    seconds=NUMBER,
    retries=WHOLE,
    temperature=optional(NUMBER),
    price_in=optional(NUMBER),
    price_out=optional(NUMBER),
    cache=optional(PATH),
)
def chat(
    base_url: str,
    model: str,
    *,
    key: str | None = "OPENAI_API_KEY",
    images: bool = False,
    batch: int = 8,
    characters: int = 24_000,
    concurrency: int = 4,
    seconds: float = 120.0,
    retries: int = 4,
    temperature: float | None = 0.0,
    price_in: float | None = None,
    price_out: float | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> ChatSource:
    """Suggestions of a language model behind an OpenAI-compatible server.

    The model gets the classes with their descriptions, the guideline, the labelled examples of
    the task, and several samples at once; it answers with a class and a probability for each.
    Nothing is sent before `ChatSource.suggest` is called.  Samples leave this machine for the
    server of `base_url`, and for no other.

    Parameters
    ----------
    base_url : str
        ``https://api.openai.com/v1``, ``http://localhost:11434/v1``, …
    model : str
        As the server calls it.
    key : str or None
        Variable of the environment that holds the key.  A key is never kept or written, and never
        goes to another machine without encryption.  A variable that is not set is fine for
        servers that need no key; None sends none.
    images : bool
        Whether the model takes pictures: they are sent as PNG of at most 512 pixels.
    batch : int
        Samples in one request, at most 100.  With 1, no sample can influence the answer about
        another, and examples and instructions are sent, and paid, for each.
    characters : int
        Of the samples in one request; a text that is longer than this is cut.
    concurrency : int
        Requests at the same time, at most 32.
    seconds : float
        The longest that one answer may take.
    retries : int
        How often a request is sent again after 429, 5xx or a broken connection: after 1, 2, 4, …
        seconds, or after as long as the server asks.
    temperature : float or None
        None leaves it to the server; it is left out as well where a server refuses it.
    price_in, price_out : float, optional
        Price of a million tokens sent and received, for `ChatSource.usage`.
    cache : path, optional
        Folder in which answers are kept by the hash of all that decides them: the same question
        is not paid for twice.  A project names its own.

    Returns
    -------
    ChatSource

    Raises
    ------
    BadInput
        If an argument cannot be used, or `key` is not the name of a variable.

    Examples
    --------
    >>> source = chat("http://localhost:11434/v1", "llama3.2", key=None)
    >>> source
    ChatSource('llama3.2' at http://localhost:11434/v1/chat/completions)
    """
    _check("model", bool(model.strip()), "the name of a model")
    _check("batch", 1 <= batch <= MOST_TOGETHER, f"from 1 to {MOST_TOGETHER}")
    _check("concurrency", 1 <= concurrency <= MOST_AT_ONCE, f"from 1 to {MOST_AT_ONCE}")
    _check("characters", characters >= 100, "at least 100")
    _check("seconds", seconds > 0, "above 0")
    _check("retries", 0 <= retries <= 20, "from 0 to 20")
    prices = None
    if price_in is not None or price_out is not None:
        prices = (float(price_in or 0), float(price_out or 0))
        _check("price_in" if prices[0] < 0 else "price_out", min(prices) >= 0, "not below 0")
    check_variable(key)
    settings = ChatSettings(model, images, batch, characters, concurrency, temperature, prices)
    server = Server(address_of(base_url), key, float(seconds), retries)
    source = ChatSource(server, settings)
    if cache is not None:
        source.keep_in(cache)
    return source


def _check(name: str, fine: bool, what: str) -> None:
    if not fine:
        raise BadInput(f"chat(): {name} is {what}.")


class ChatSource:
    """Votes of a language model; `chat` makes one.

    A request that fails takes its own samples with it.  After five in a row, or where no request
    can succeed, the source has stopped until `suggest` is called again.

    Parameters
    ----------
    server : Server
    settings : ChatSettings
    """

    def __init__(self, server: Server, settings: ChatSettings) -> None:
        self._server = server
        self._settings = settings
        self._failures = Failures()
        self._cache = AnswerCache()
        self._meter = Meter(settings.prices)
        self._asker = Asker(server, settings, self._meter)

    def __repr__(self) -> str:
        """Name the model and its server."""
        return f"ChatSource({self._settings.model!r} at {self._server.address})"

    @property
    def version(self) -> str:
        """Hash of the server, the model and how it is asked."""
        return _hash(self._identity)

    @property
    def failures(self) -> Failures:
        """What has failed so far."""
        return self._failures

    @property
    def together(self) -> int:
        """Samples that all requests hold that may be under way: fewer are asked for one by one."""
        return self._settings.batch * self._settings.concurrency

    @property
    def usage(self) -> Usage:
        """Requests, tokens and cost so far."""
        return self._meter.usage

    @property
    def keeps(self) -> bool:
        """Whether answers are kept in a folder: see `keep_in`."""
        return self._cache.lasts

    @takes(folder=PATH)
    def keep_in(self, folder: str | os.PathLike[str]) -> None:
        """Keep answers in a folder, and use those that are there.

        Parameters
        ----------
        folder : path
            Made if it is missing.

        Raises
        ------
        BadInput
            If it cannot be made or read.
        """
        self._cache = AnswerCache(Path(os.fsdecode(folder)).expanduser())

    def suggest(self, raw: Sequence[Any], task: TaskSaid) -> list[Vote]:
        """Vote on raw samples; see `Source.suggest`.

        Each answer is kept as it comes: after an interrupt, the next call asks for the rest.
        """
        self._failures.begin(anew=True)
        self._server.begin()
        settings = self._settings
        told = instructions(task, _sendable(task.examples, settings))
        known = Known(self._cache, self._meter, _hash([*self._identity, told]))
        call = _Call(self._asker, known, self._failures, task, told)
        pool = Threads(settings.concurrency, "dalt chat")
        votes: list[Vote] = [None] * len(raw)
        whole = False
        try:
            # Few are under way at a time: pictures are large, and an interrupt loses little.
            running: set[Future[None]] = set()
            for batch in _batches(_asked(raw, known, votes, self._failures, settings), settings):
                if call.over:
                    self._failures.stop(call.over, [place for place, *_ in batch])
                    continue
                running.add(pool.submit(partial(call.run, batch, votes)))
                while len(running) > 2 * settings.concurrency:
                    running = _settled(running, FIRST_COMPLETED)
            while running:
                running = _settled(running, FIRST_COMPLETED)
            whole = True
        finally:
            if not whole:  # interrupted: no answer is waited for
                self._server.stop()
            pool.end()
        return votes

    def interrupt(self) -> None:
        """End a call of `suggest` in another thread: what has not been answered counts as failed.

        The next call begins anew.
        """
        self._server.stop()

    @property
    def _identity(self) -> list[Any]:
        settings = self._settings
        asked = [settings.images, settings.characters, settings.temperature]
        return [FORMAT, str(self._server.address), settings.model, *asked]


class Known:
    """The answers that are there already, to the same question about the same content."""

    def __init__(self, cache: AnswerCache, meter: Meter, question: str) -> None:
        self._cache, self._meter, self._question = cache, meter, question

    def key(self, piece: Piece) -> str:
        """Hash of all that decides the answer: what was asked, and of what."""
        return _hash([self._question, piece.said])

    def get(self, key: str) -> Vote:
        """The vote of a hash, counted; None if there is none."""
        vote = self._cache.get(key)
        if vote is not None:
            self._meter.found()
        return vote

    def put(self, key: str, vote: Mapping[str, float]) -> None:
        """Keep a vote."""
        self._cache.put(key, vote)


Sent = tuple[int, str, Piece]
"""A sample that is asked for: its place, the hash of its answer, and what is sent."""


class _Call:
    """Asks for batches, in several threads, until too many fail.

    Attributes
    ----------
    over : str
        Why nothing is asked any more; empty while all is well.
    """

    def __init__(
        self, asker: Asker, known: Known, failures: Failures, task: TaskSaid, told: list[Json]
    ) -> None:
        self._asker, self._known, self._failures = asker, known, failures
        self._task, self._told = task, told
        self._in_a_row = 0
        self._lock = threading.Lock()
        self.over = ""

    def run(self, batch: Sequence[Sent], votes: list[Vote]) -> None:
        """Ask for one batch, and put its votes in their places."""
        places = [place for place, *_ in batch]
        if self.over:
            self._failures.stop(self.over, places)
            return
        try:
            answers = self._asker.ask(self._told, [piece for *_, piece in batch], self._task)
        except Stopped:
            self._failures.stop("", places)
            return
        except (Failed, Refused, Unusable) as error:
            self._fail(places, str(error), for_good=isinstance(error, Unusable))
            return
        self._in_a_row = 0
        for (place, key, _), answer in zip(batch, answers, strict=True):
            if isinstance(answer, str):
                self._failures.add(place, f"{self._asker.model} {answer}.".replace("..", "."))
            else:
                votes[place] = answer
                self._keep(key, answer)

    def _keep(self, key: str, vote: Vote) -> None:
        try:
            self._known.put(key, vote or {})
        except BadInput as error:  # a full disk: what comes would be paid for again and again
            self.over = self.over or str(error)

    def _fail(self, places: Sequence[int], reason: str, *, for_good: bool) -> None:
        for place in places:
            self._failures.add(place, reason)
        with self._lock:
            self._in_a_row += 1
            if for_good or self._in_a_row >= IN_A_ROW:
                self.over = self.over or reason
        if self.over:
            self._failures.stop(self.over)


def _settled(running: set[Future[None]], when: str) -> set[Future[None]]:
    """Those that still run; an error in a thread is raised here."""
    done, running = wait(running, return_when=when)
    for each in done:
        each.result()
    return running


def _asked(
    raw: Sequence[Any],
    known: Known,
    votes: list[Vote],
    failures: Failures,
    settings: ChatSettings,
) -> Iterator[Sent]:
    """The samples that the model has to be asked for; the votes of the others are filled in."""
    for place in range(len(raw)):
        try:
            piece = piece_of(raw[place], settings.characters, settings.images)
            key = known.key(piece)
        except BadInput as error:
            failures.add(place, str(error))
            continue
        except Exception as error:  # a file may be anything
            failures.add(place, f"A sample cannot be read: {one_line(error)}")
            continue
        vote = known.get(key)
        if vote is None:
            yield place, key, piece
        else:
            votes[place] = vote or None


def _batches(sent: Iterator[Sent], settings: ChatSettings) -> Iterator[list[Sent]]:
    """As many together as one request may hold."""
    batch: list[Sent] = []
    size = 0
    for each in sent:
        mixed = bool(batch) and bool(batch[0][2].picture) != bool(each[2].picture)
        full = len(batch) == settings.batch or size + each[2].size > settings.characters
        if batch and (full or mixed):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += each[2].size
    if batch:
        yield batch


def _sendable(
    examples: Sequence[tuple[Any, str]], settings: ChatSettings
) -> list[tuple[Piece, str]]:
    """The examples that this model can be shown, each no longer than a sample's usual share."""
    found = []
    for raw, label in examples:
        with suppress(BadInput):
            found.append((piece_of(raw, EXAMPLE, settings.images), label))
    return found


def _hash(said: Any) -> str:
    whole = json.dumps(said, sort_keys=True).encode()
    return hashlib.blake2b(whole, digest_size=16).hexdigest()
