"""Which sample to ask next: strategies by name, built in or from scikit-activeml."""

from dalt.learning.strategies.builtin import (
    at_random,
    candidate_order,
    cold_start,
    cover,
    entropy,
    least_margin,
    margin,
    most_entropy,
    multi_label_doubt,
)
from dalt.learning.strategies.registry import BUILT_IN, by_name, name_of
from dalt.learning.strategies.situation import Situation, Strategy

__all__ = [
    "BUILT_IN",
    "Situation",
    "Strategy",
    "at_random",
    "by_name",
    "candidate_order",
    "cold_start",
    "cover",
    "entropy",
    "least_margin",
    "margin",
    "most_entropy",
    "multi_label_doubt",
    "name_of",
]
