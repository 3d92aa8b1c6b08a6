"""Who keeps a connection when there are too many, and for how long: the gate alone, by a clock."""

from __future__ import annotations

import resource

import pytest

from dalt.server.front.gate import Gate, Places, Visit


class Door:
    """A gate with its clock, and who was shown out."""

    def __init__(self, **places: float) -> None:
        few = {"strangers": 4, "for_address": 3, "known": 4, "for_login": 2}
        self.now = 0.0
        self.gate = Gate(Places(**(few | places)), lambda: self.now)  # type: ignore[arg-type]
        self.out: list[str] = []

    def enter(
        self, name: str, address: str = "10.0.0.1", login: str = "", unread: bool = False
    ) -> Visit:
        self.now += 0.001
        visit = self.gate.enter(address, lambda: self.out.append(name), lambda: unread)
        if login:
            self.gate.recognise(visit, login)
            self.gate.answer(visit)
        return visit


def test_whoever_asks_for_longest_makes_room_at_one_address() -> None:
    door = Door()
    for name in "abcde":
        door.enter(name)
    assert door.out == ["a", "b"]
    assert (door.gate.open, door.gate.turned_away) == (3, 2)


def test_the_address_that_has_the_most_makes_room_for_others() -> None:
    door = Door()
    for name in ("a1", "a2", "a3"):
        door.enter(name, "10.0.0.1")
    door.enter("b1", "10.0.0.2")
    door.enter("c1", "10.0.0.3")
    assert door.out == ["a1"]


def test_nobody_who_is_logged_in_makes_room_for_strangers() -> None:
    door = Door()
    door.enter("ana", login="ana")
    idle = door.enter("ben", login="ben")
    door.gate.listen(idle)
    for i in range(50):
        door.enter(f"stranger {i}")
    assert not {"ana", "ben"} & set(door.out)
    assert len(door.out) == 47


def test_an_answer_is_not_cut_off_and_all_places_answered_turn_the_newest_away() -> None:
    door = Door()
    for name in "abc":
        door.gate.answer(door.enter(name))
    door.enter("late")
    assert door.out == ["late"]


def test_what_nobody_has_read_yet_is_heard_before_it_makes_room() -> None:
    door = Door(strangers=4, for_address=4, known=0)
    door.enter("said something", unread=True)
    for i in range(5):
        door.enter(f"silent {i}")
    assert door.out == ["silent 0", "silent 1"]
    for i in range(4):
        door.enter(f"unread {i}", unread=True)
    assert door.out[2:] == ["silent 2", "silent 3", "silent 4", "said something"]


def test_one_login_does_not_take_the_places_of_others() -> None:
    door = Door()
    own = [door.enter(f"ana {i}", login="ana") for i in range(2)]
    door.gate.listen(own[0])
    door.enter("ana 3", login="ana")
    assert door.out == ["ana 0"], "its own idle connection goes first"
    door.enter("ana 4", login="ana")
    assert door.out == ["ana 0", "ana 4"], "where none is idle, the newest"
    door.enter("ben", login="ben")
    assert door.out == ["ana 0", "ana 4"]


def test_a_logout_gives_the_place_back() -> None:
    door = Door()
    visit = door.enter("ana", login="ana")
    door.gate.listen(visit)
    door.gate.recognise(visit, "")
    for name in "abc":
        door.enter(name)
    assert door.out == ["ana"]


def test_what_asks_for_too_long_is_closed_however_often_it_says_a_bit() -> None:
    door = Door(asking_seconds=10, idle_seconds=75)
    slow = door.enter("slow")
    answered = door.enter("answered")
    door.gate.answer(answered)
    idle = door.enter("idle", login="ana")
    door.gate.listen(idle)
    for _ in range(10):
        door.now += 1
        door.gate.listen(slow)  # another bit of its head: it goes on asking
        door.gate.sweep()
    assert door.out == ["slow"]
    door.now += 60
    door.gate.sweep()
    assert door.out == ["slow"]
    door.now += 10
    door.gate.sweep()
    assert door.out == ["slow", "idle"]


def test_who_has_left_is_not_closed_again() -> None:
    door = Door()
    visit = door.enter("a")
    door.gate.leave(visit)
    door.gate.recognise(visit, "ana")
    door.now += 100
    door.gate.sweep()
    assert (door.out, door.gate.open) == ([], 0)


@pytest.mark.parametrize("files", [64, 256, 1_024, 4_096, 1_000_000])
def test_places_leave_files_for_kernels_and_the_database(files: int) -> None:
    places = Places.of_files(files)
    assert places.strangers + places.known <= files * 5 // 8
    assert places.for_address <= places.strangers and places.for_login <= places.known


def test_places_follow_what_the_process_may_open() -> None:
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert Places.of_files() == Places.of_files(soft)
