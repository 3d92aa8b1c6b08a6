"""The cost of each of an annotator's actions: seconds, keys and clicks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from dalt.labeling.keystrokes import GLANCE, HOME, KEY, POINT, THINK, choosing

Activity = Literal[
    "choosing", "accepting", "correcting", "looking", "marking", "confirming", "switching"
]
"""What an annotator spends time on."""
ACTIVITIES: tuple[Activity, ...] = get_args(Activity)
_YES_OR_NO = choosing(2)


class Cost(NamedTuple):
    """The cost of an action.

    Attributes
    ----------
    seconds : float
    actions : int
        Keys and clicks.
    """

    seconds: float
    actions: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How quick a person is in a project.

    Attributes
    ----------
    n_classes : int
        Number of classes that the person chooses among (Hick's law).
    key : float
        Seconds to press a key or a mouse button.

    Notes
    -----
    The time of the page itself is not counted: it holds the next samples ready.

    Examples
    --------
    >>> pace = Pace(n_classes=10)
    >>> pace.choose(), pace.accept()
    (Cost(seconds=2.148..., actions=1), Cost(seconds=1.867..., actions=1))
    >>> pace.mark()
    Cost(seconds=3.528..., actions=2)
    """

    n_classes: int
    key: float = KEY

    def choose(self, has_key: bool = True) -> Cost:
        """Look at a sample without a suggestion, and press the key of its class.

        A class without a key is clicked: the hand goes to the mouse and back.
        """
        press = self.key if has_key else 2 * HOME + POINT + self.key
        return Cost(THINK + choosing(self.n_classes) + press, 1)

    def accept(self) -> Cost:
        """Look at a sample and its suggestion, find it right and press Enter."""
        return Cost(THINK + _YES_OR_NO + self.key, 1)

    def correct(self, has_key: bool = True) -> Cost:
        """Find a suggestion wrong, and choose a class."""
        chosen = self.choose(has_key)
        return Cost(THINK + _YES_OR_NO + chosen.seconds, chosen.actions)

    def look(self, n_tiles: int) -> Cost:
        """Look at each sample of a page."""
        return Cost(n_tiles * GLANCE, 0)

    def mark(self, has_key: bool = True) -> Cost:
        """Click a wrong sample of a page and press the key of its class, or click that too."""
        click = POINT + self.key
        name = self.key if has_key else click
        return Cost(THINK + click + choosing(self.n_classes) + name, 2)

    def reach(self) -> Cost:
        """Take the mouse, and come back to the keyboard: once for a page with wrong samples."""
        return Cost(2 * HOME, 0)

    def confirm(self) -> Cost:
        """Confirm a page by Enter."""
        return Cost(THINK + self.key, 1)

    def switch(self) -> Cost:
        """Change between pages and one by one."""
        return Cost(THINK + self.key, 1)


@dataclass(slots=True)
class Tally:
    """The costs of labeling a pool, and the outcome.

    Attributes
    ----------
    spent : dict of Activity to float
        Seconds by activity.
    actions : int
        Keys and clicks.
    labels, right : int
        Number of labels, and of true labels among them.
    by_page, pages : int
        Labels that were given by the page, and pages.
    marked : int
        Samples of pages that the person found wrong.
    followed : int
        Wrong suggestions that the person accepted.
    by_model, model_wrong : int
        Labels of a certified model, and those of them that are not true.
    """

    spent: dict[Activity, float] = field(default_factory=lambda: dict.fromkeys(ACTIVITIES, 0.0))
    actions: int = 0
    labels: int = 0
    right: int = 0
    by_page: int = 0
    pages: int = 0
    marked: int = 0
    followed: int = 0
    by_model: int = 0
    model_wrong: int = 0

    def spend(self, activity: Activity, cost: Cost) -> None:
        """Add the cost of an action."""
        self.spent[activity] += cost.seconds
        self.actions += cost.actions

    def note(self, said: str, truth: str, suggested: str | None) -> None:
        """Count a label."""
        self.labels += 1
        self.right += said == truth
        self.followed += said == suggested != truth

    def credit(self, said: str, truth: str) -> None:
        """Count a label that a certified model gave."""
        self.labels += 1
        self.right += said == truth
        self.by_model += 1
        self.model_wrong += said != truth

    @property
    def seconds(self) -> float:
        """Seconds of all activities."""
        return sum(self.spent.values())
