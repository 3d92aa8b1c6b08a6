"""Calls a person's function with a deadline, in a thread that can be given up."""

from __future__ import annotations

import ctypes
import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from dalt.core.errors import BadInput, first_line, one_line


class Hung(Exception):
    """The function did not answer in time; its thread was given up."""


class _GivenUp(SystemExit):
    """Ends a thread that nobody waits for: raised in it from outside.

    A thread that it reaches at its very end says nothing of it, because it is a `SystemExit`.
    """


class Caller:
    """Calls one function, one sample after the other, in one thread.

    One thread for all calls: starting one for each would cost as much as most rules take.

    Parameters
    ----------
    function : callable
    name : str
        What it is called in sentences.
    """

    def __init__(self, function: Callable[[Any], Any], name: str) -> None:
        self._function = function
        self._name = name
        self._asked: queue.SimpleQueue[tuple[Any, Callable[[Any], Any]] | None]
        self._asked = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()
        # A daemon: an interpreter that ends does not wait for a function that hangs.
        self._thread = threading.Thread(target=self._run, name=f"dalt {name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._asked.put(None)
        else:  # interrupted: nobody waits for the sample at work
            self._give_up()

    def call(self, sample: Any, read: Callable[[Any], Any], seconds: float) -> Any:
        """What `read` makes of the function's answer.

        Raises
        ------
        BadInput
            If the function raises, or `read` refuses its answer.
        Hung
            If that takes longer than `seconds`.
        """
        self._asked.put((sample, read))
        try:
            fine, answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            self._give_up()
            raise Hung from None
        if not fine:
            raise BadInput(answer)
        return answer

    def _give_up(self) -> None:
        """End the thread at its next step in Python; in a library it has none before it returns."""
        self._asked.put(None)
        if self._thread.ident is not None and self._thread.is_alive():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread.ident), ctypes.py_object(_GivenUp)
            )

    def _run(self) -> None:
        try:
            while (asked := self._asked.get()) is not None:
                self._answers.put(self._answered(*asked))
        except _GivenUp:
            pass

    def _answered(self, sample: Any, read: Callable[[Any], Any]) -> tuple[bool, Any]:
        """Whether it went well, and the answer or the reason."""
        try:
            answer = self._function(sample)
        except _GivenUp:
            raise
        except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            return False, f"{self._name} tried to end the program ({type(error).__name__})."
        except BaseException as error:  # any rule may raise anything; that ends one sample alone
            return False, f"{self._name} raised {_told(error)}"
        try:
            return True, read(answer)
        except BadInput as error:
            return False, f"{self._name} gave no suggestion: {error}"
        except Exception as error:
            return False, f"{self._name} gave an answer that cannot be read: {one_line(error)}"


def _told(error: BaseException) -> str:
    """An error with its type, as one sentence, whatever its own methods do."""
    try:
        said, name = first_line(error), type(error).__name__
    except Exception:
        return f"{type(error).__name__}."
    return f"{name}." if said == name else f"{name}: {said.rstrip('.')}."
