"""Functions as sources: good ones, and those that raise, hang, or end the program."""

import functools
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from waiting import until

from dalt.core.classes import ClassSpec
from dalt.core.errors import BadInput
from dalt.suggesters import FunctionSource, TaskSaid

TASK = TaskSaid((ClassSpec("spam"), ClassSpec("ham")))
LONG = 60.0
WORDS = ["prize"]


def by_words(text: str) -> str | None:
    return "spam" if any(word in text for word in WORDS) else None


def source_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("dalt ")]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    until(lambda: not source_threads())


def test_votes_and_says_nothing() -> None:
    source = FunctionSource(by_words)
    assert source.suggest(["a prize", "hello"], TASK) == [{"spam": 1.0}, None]
    assert (source.failures.count, source.failures.first, source.failures.stopped) == (0, "", "")
    assert source.suggest([], TASK) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([0.5], "answer() gave no suggestion: There is 1 probability for 2 classes"),
        ([0.5, float("nan")], "answer() gave no suggestion: The probability of 'ham' is nan"),
        ([-1, 2], "answer() gave no suggestion: The probability of 'spam' is -1, not from 0"),
        ([0.75, 0.75], "answer() gave no suggestion: The probabilities sum to 1.5"),
        ("Spam", "answer() gave no suggestion: There is no class 'Spam' in this project. Did you"),
        (object(), "answer() gave no suggestion: A suggestion is an object"),
    ],
)
def test_nonsense_is_counted_with_one_line(answer: Any, said: str) -> None:
    source = FunctionSource(functools.wraps(_named("answer"))(lambda text: answer))
    assert source.suggest(["one", "two"], TASK) == [None, None]
    assert source.failures.count == 2
    assert source.failures.first.startswith(said)
    assert "\n" not in source.failures.first
    assert source.failures.places == {0, 1}
    assert not source.failures.stopped


def _named(name: str) -> Callable[[Any], Any]:
    def named(sample: Any) -> Any: ...

    named.__name__ = name
    return named


class RudeError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even a message")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("no such colour\nat pixel 3"), "fails() raised ValueError: no such colour."),
        (AssertionError(), "fails() raised AssertionError."),
        (RudeError(), "fails() raised RudeError."),
        (SystemExit(3), "fails() tried to end the program (SystemExit)."),
        (KeyboardInterrupt(), "fails() tried to end the program (KeyboardInterrupt)."),
        (RecursionError("too deep"), "fails() raised RecursionError: too deep."),
    ],
)
def test_a_function_that_raises_fails_for_that_sample_alone(
    error: BaseException, said: str
) -> None:
    def fails(text: str) -> str:
        if text == "bad":
            raise error
        return "ham"

    source = FunctionSource(fails)
    assert source.suggest(["good", "bad", "good"], TASK) == [{"ham": 1.0}, None, {"ham": 1.0}]
    assert (source.failures.count, source.failures.first) == (1, said)
    assert source.failures.places == {1}


def test_the_first_reason_stays_and_places_are_of_the_last_call() -> None:
    source = FunctionSource(lambda text: 1 / len(text) and "ham")
    source.suggest(["", "x"], TASK)
    source.suggest(["x", ""], TASK)
    assert source.failures.count == 2
    assert (
        source.failures.first == "the lambda function raised ZeroDivisionError: division by zero."
    )
    assert source.failures.places == {1}


def test_a_function_that_loops_is_ended_and_stops_the_source() -> None:
    def loops(text: str) -> str:
        while text == "bad":
            pass
        return "ham"

    source = FunctionSource(loops, seconds=0.1)
    assert source.suggest(["good", "bad", "good"], TASK) == [{"ham": 1.0}, None, None]
    assert source.failures.stopped == (
        "loops() gave no answer within 0.1 seconds and was stopped: make it quicker, or allow it "
        "more with seconds=…"
    )
    assert source.failures.count == 1 and source.failures.places == {1, 2}
    until(lambda: not source_threads())  # nothing burns a core for ever
    assert source.suggest(["good"], TASK) == [None]
    assert source.failures.count == 1 and source.failures.places == {0}


def test_a_function_that_waits_holds_nobody_up() -> None:
    free = threading.Event()
    source = FunctionSource(lambda text: free.wait(LONG), seconds=0.05)
    began = time.monotonic()
    assert source.suggest(["bad"] * 100, TASK) == [None] * 100
    assert time.monotonic() - began < LONG / 2
    assert "the lambda function gave no answer within 0.05 seconds" in source.failures.stopped
    free.set()


def test_an_answer_whose_methods_raise_or_hang() -> None:
    class Rude:
        def tolist(self) -> Any:
            raise OSError("gone")

    class Slow:
        def tolist(self) -> Any:
            while True:
                pass

    source = FunctionSource(lambda text: Rude())
    assert source.suggest(["x"], TASK) == [None]
    assert source.failures.first.endswith("gave an answer that cannot be read: OSError: gone")
    source = FunctionSource(lambda text: Slow(), seconds=0.05)
    assert source.suggest(["x"], TASK) == [None]
    assert source.failures.stopped


def test_an_interrupt_of_the_person_ends_the_function() -> None:
    inside = threading.Event()

    def loops(text: str) -> None:
        inside.set()
        while True:
            pass

    class Interrupted(list[str]):
        def __getitem__(self, place: Any) -> Any:
            if place == 1:
                raise KeyboardInterrupt
            return super().__getitem__(place)

    # Between samples, and while the function is at work.
    with pytest.raises(KeyboardInterrupt):
        FunctionSource(by_words).suggest(Interrupted(["a", "b"]), TASK)
    from dalt.suggesters.deadline import Caller

    caller = Caller(loops, "loops()")
    with pytest.raises(KeyboardInterrupt), caller:
        caller._asked.put(("x", str))  # noqa: SLF001  what call() does before it waits
        inside.wait(LONG)
        raise KeyboardInterrupt
    until(lambda: not source_threads())


def test_a_sample_that_cannot_be_read_is_counted() -> None:
    class Lazy(list[str]):
        def __getitem__(self, place: Any) -> Any:
            if place == 0:
                raise BadInput("a.png is damaged.")
            return super().__getitem__(place)

    source = FunctionSource(by_words)
    assert source.suggest(Lazy(["x", "prize"]), TASK) == [None, {"spam": 1.0}]
    assert source.failures.first == "A sample cannot be read: a.png is damaged."


def test_pictures_are_given_as_they_are() -> None:
    source = FunctionSource(lambda picture: [picture.mean() / 255, 1 - picture.mean() / 255])
    assert source.suggest([np.full((2, 2), 255, np.uint8)], TASK) == [{"spam": 1.0, "ham": 0.0}]


async def later(text: str) -> str:
    return "ham"


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("rules", "__init__(): function is a function, not 'rules'."),
        (lambda: "ham", "the lambda function cannot be called with one raw sample, which is all"),
        (lambda text, task: "ham", "the lambda function cannot be called with one raw sample"),
        (later, "later() is async, and DALT calls it without await: give a plain function."),
    ],
)
def test_what_is_no_function_of_a_sample_is_refused(function: Any, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        FunctionSource(function)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_limit_is_above_zero(seconds: float) -> None:
    with pytest.raises(BadInput, match=re.escape(f"seconds={seconds}")):
        FunctionSource(by_words, seconds=seconds)


# --- versions ---------------------------------------------------------------------------------


def made(word: str) -> Callable[[str], str | None]:
    return lambda text: "spam" if word in text else None


class Rule:
    def __init__(self, word: str) -> None:
        self.word = word

    def __call__(self, text: str) -> str | None:
        return "spam" if self.word in text else None


def pair(word: str, text: str) -> str | None:
    return "spam" if word in text else None


@pytest.mark.parametrize(
    ("same", "again", "other"),
    [
        (made("prize"), made("prize"), made("lottery")),
        (Rule("prize"), Rule("prize"), Rule("lottery")),
        (Rule("prize").__call__, Rule("prize").__call__, Rule("lottery").__call__),
        (
            functools.partial(pair, "prize"),
            functools.partial(pair, "prize"),
            functools.partial(pair, "lottery"),
        ),
    ],
)
def test_the_version_follows_what_decides(same: Any, again: Any, other: Any) -> None:
    version = FunctionSource(same).version
    assert FunctionSource(again).version == version
    assert FunctionSource(other).version != version
    assert re.fullmatch("[0-9a-f]{32}", version)


def test_the_version_follows_the_values_that_a_rule_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    before = FunctionSource(by_words).version
    monkeypatch.setattr(sys.modules[__name__], "WORDS", ["prize", "lottery"])
    assert FunctionSource(by_words).version != before


def test_the_version_is_the_same_in_another_process(tmp_path: Any) -> None:
    import subprocess

    (tmp_path / "rules.py").write_text(
        "WORDS = {'prize', 'lottery', 'win'}\n"
        "def rule(text):\n    return 'spam' if any(w in text for w in WORDS) else None\n"
    )
    script = (
        "from rules import rule\nfrom dalt.suggesters import FunctionSource\n"
        "print(FunctionSource(rule).version)"
    )
    versions = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env={"PYTHONPATH": f"{tmp_path}:{':'.join(sys.path)}", "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(versions) == 1


def test_a_person_can_name_the_version() -> None:
    assert FunctionSource(by_words, version="v2").version == "v2"
