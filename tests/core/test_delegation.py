"""Facades: each method is that of a part, and speaks in the facade's name."""

from __future__ import annotations

import inspect

import pytest

from dalt.core.delegation import delegated
from dalt.core.errors import WrongCall


class Horn:
    def sound(self, times: int, *, loud: bool = False) -> str:
        """Make a noise."""
        return ("BEEP" if loud else "beep") * (times + 0)


class Car:
    def __init__(self) -> None:
        self._horn = Horn()

    sound = delegated("_horn", Horn.sound)


def test_the_part_does_the_work() -> None:
    assert Car().sound(2) == "beepbeep"
    assert Car().sound(times=1, loud=True) == "BEEP"


def test_signature_and_docstring_are_those_of_the_part() -> None:
    assert inspect.signature(Car().sound) == inspect.signature(Horn().sound)
    assert Car.sound.__doc__ == "Make a noise."


@pytest.mark.parametrize(
    ("args", "kwargs", "said"),
    [
        ((), {}, "needs times. It takes times, loud."),
        ((1,), {"quiet": True}, "has no argument 'quiet'. It takes times, loud."),
        ((1, 2), {}, "takes at most 1 argument without a name. It takes times, loud."),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(
    args: tuple[int, ...], kwargs: dict[str, bool], said: str
) -> None:
    with pytest.raises(WrongCall) as caught:
        Car().sound(*args, **kwargs)
    assert str(caught.value) == f"sound() {said}"


def test_a_fault_of_the_part_itself_is_told_as_it_is() -> None:
    with pytest.raises(TypeError, match="can only concatenate"):
        Car().sound("one")  # type: ignore[arg-type]
