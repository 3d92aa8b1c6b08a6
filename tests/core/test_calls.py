"""Calls that do not fit a method are refused with a sentence that names what it takes."""

from __future__ import annotations

from typing import Any

import pytest

from dalt.core.arguments import TEXT, takes
from dalt.core.errors import BadInput, WrongCall


class Greeter:
    @takes(name=TEXT)
    def greet(self, name: str, *, times: int = 1) -> str:
        """Say hello."""
        return f"hello {name} " * (times + 0)

    @classmethod
    @takes(name=TEXT)
    def of(cls, *, name: str) -> str:
        """Say who greets."""
        return name

    @takes()
    def wave(self) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda g: g.greet(), "greet() needs name. It takes name, times."),
        (
            lambda g: g.greet("ana", time=2),
            "greet() has no argument 'time'. Did you mean 'times'? It takes name, times.",
        ),
        (
            lambda g: g.greet("ana", name="bob"),
            "greet() is given name twice. It takes name, times.",
        ),
        (
            lambda g: g.greet("ana", 2),
            "greet() takes at most 1 argument without a name. It takes name, times.",
        ),
        (lambda g: g.of(), "of() needs name. It takes name."),
        (lambda g: g.of("ana"), "of() takes arguments by their names. It takes name."),
        (lambda g: g.wave(1), "wave() takes no arguments."),
        (lambda g: g.wave(hand=1), "wave() has no argument 'hand'. It takes no arguments."),
    ],
)
def test_a_call_that_does_not_fit_is_one_sentence(call: Any, said: str) -> None:
    with pytest.raises(WrongCall) as caught:
        call(Greeter())
    assert str(caught.value) == said
    assert isinstance(caught.value, BadInput)  # a notebook shows its sentence alone
    assert isinstance(caught.value, TypeError)  # as Python's own


def test_a_fault_inside_of_the_method_stays_what_it_is() -> None:
    with pytest.raises(TypeError, match="unsupported operand") as caught:
        Greeter().greet("ana", times=None)  # type: ignore[arg-type]
    assert not isinstance(caught.value, WrongCall)


@takes(name=TEXT)
def greet(name: str, *, times: int = 1) -> str:
    """Say hello without an object."""
    return name * times


@pytest.mark.parametrize(
    ("args", "kwargs", "said"),
    [
        (("ana",), {"time": 2}, "greet() has no argument 'time'. Did you mean 'times'? It takes"),
        ((), {}, "greet() needs name. It takes name, times."),
        (("ana", 2), {}, "greet() takes at most 1 argument without a name. It takes name, times."),
    ],
)
def test_a_plain_function_has_no_object_before_its_arguments(
    args: tuple[Any, ...], kwargs: dict[str, Any], said: str
) -> None:
    with pytest.raises(WrongCall) as caught:
        greet(*args, **kwargs)
    assert str(caught.value).startswith(said)
