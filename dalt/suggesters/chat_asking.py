"""Asks a language model about a batch of samples, in the way that its server takes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dalt.suggesters.chat_prompt import (
    MODES,
    Json,
    Piece,
    answer_format,
    new_ids,
    read_answers,
    samples_message,
)
from dalt.suggesters.chat_server import Failed, Refused, Server
from dalt.suggesters.contract import TaskSaid, Vote

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Usage:
    """What a language model was asked so far, by this object.

    Attributes
    ----------
    requests : int
        Requests that were answered.
    samples : int
        Samples that they held.
    cached : int
        Samples whose answer was there already.
    tokens_in, tokens_out : int
        As the server counts them.
    untold : int
        Answers in which the server did not say how many tokens they took.
    cost : float or None
        In the currency of the prices; None without prices.
    """

    requests: int = 0
    samples: int = 0
    cached: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    untold: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """How a language model is asked; see `chat`."""

    model: str
    images: bool
    batch: int
    characters: int
    concurrency: int
    temperature: float | None
    prices: tuple[float, float] | None


class Meter:
    """Counts requests, tokens and cost.

    Parameters
    ----------
    prices : (float, float), optional
        Of a million tokens sent and received.

    Examples
    --------
    >>> meter = Meter((0.5, 2.0))
    >>> meter.count(8, {"prompt_tokens": 1_000_000, "completion_tokens": 250_000})
    >>> meter.usage.cost
    1.0
    """

    def __init__(self, prices: tuple[float, float] | None = None) -> None:
        self._prices = prices
        self._lock = threading.Lock()
        self._usage = Usage(cost=None if prices is None else 0.0)

    @property
    def usage(self) -> Usage:
        """The sums so far."""
        return self._usage

    def found(self) -> None:
        """Count a sample that needed no request."""
        with self._lock:
            self._usage = replace(self._usage, cached=self._usage.cached + 1)

    def count(self, n_samples: int, said: Any) -> None:
        """Count an answer, by the ``usage`` in it."""
        told = [_tokens(said, name) for name in ("prompt_tokens", "completion_tokens")]
        with self._lock:
            before = self._usage
            total = (before.tokens_in + (told[0] or 0), before.tokens_out + (told[1] or 0))
            self._usage = Usage(
                before.requests + 1,
                before.samples + n_samples,
                before.cached,
                *total,
                before.untold + (None in told),
                self._cost(*total),
            )

    def _cost(self, tokens_in: int, tokens_out: int) -> float | None:
        if self._prices is None:
            return None
        return (tokens_in * self._prices[0] + tokens_out * self._prices[1]) / MILLION


def _tokens(said: Any, name: str) -> int | None:
    found = said.get(name) if isinstance(said, dict) else None
    return found if isinstance(found, int) and found >= 0 else None


class Asker:
    """Asks about batches; learns from refusals which way of asking a server takes.

    Parameters
    ----------
    server : Server
    settings : ChatSettings
    meter : Meter
    """

    def __init__(self, server: Server, settings: ChatSettings, meter: Meter) -> None:
        self._server, self._settings, self._meter = server, settings, meter
        self._mode = 0
        self._temperature = settings.temperature

    @property
    def model(self) -> str:
        """The model, for sentences."""
        return self._settings.model

    def ask(
        self, told: Sequence[Json], pieces: Sequence[Piece], task: TaskSaid
    ) -> list[Vote | str]:
        """The votes on a batch, or for each sample the reason why there is none.

        Raises
        ------
        Refused, Failed, Unusable, Stopped
            As `Server.ask`.
        """
        ids = new_ids(len(pieces))
        messages = [*told, samples_message(ids, pieces)]
        said = self._answer(messages, ids, task)
        self._meter.count(len(pieces), said.get("usage"))
        text, ended = _content(said)
        answers = read_answers(text, ids, task)
        if ended == "length" and any(isinstance(each, str) for each in answers):
            cut = "was cut off: its answer is longer than the server allows"
            return [cut if isinstance(each, str) else each for each in answers]
        return answers

    def _answer(self, messages: list[Json], ids: Sequence[str], task: TaskSaid) -> Json:
        """Ask in the strictest way that the server takes, and remember it."""
        mode, temperature = self._mode, self._temperature
        first: Refused | None = None
        while True:
            try:
                said = self._server.ask(self._body(messages, ids, task, mode, temperature))
            except Refused as refused:
                first = first or refused
                if temperature is not None and "temperature" in refused.said:
                    temperature = None
                elif mode + 1 < len(MODES):
                    mode += 1
                else:  # it was something else: the first refusal says what
                    raise first from None
                continue
            self._mode, self._temperature = mode, temperature
            return said

    def _body(
        self,
        messages: list[Json],
        ids: Sequence[str],
        task: TaskSaid,
        mode: int,
        temperature: float | None,
    ) -> Json:
        body: Json = {"model": self._settings.model, "messages": messages}
        if temperature is not None:
            body["temperature"] = temperature
        form = answer_format(MODES[mode], ids, task)
        return body if form is None else {**body, "response_format": form}


def _content(said: Json) -> tuple[str, str]:
    """What the model wrote, and why it ended.

    Raises
    ------
    Failed
        If the answer is not one of this protocol.
    """
    try:
        choice = said["choices"][0]
        content = choice["message"]["content"]
        if isinstance(content, list):  # parts, as some servers give them
            content = "".join(str(each.get("text", "")) for each in content)
        if content is None:  # it refuses, in words of its own
            content = ""
        if not isinstance(content, str):
            raise TypeError
    except (KeyError, IndexError, TypeError, AttributeError):
        raise Failed("The server gave an answer without a message of the model.") from None
    return content, str(choice.get("finish_reason"))
