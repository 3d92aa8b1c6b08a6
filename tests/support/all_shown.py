"""Settings for tests about something else: pages show every suggestion, from the first on."""

from types import MappingProxyType
from typing import Any

ALL_SHOWN: MappingProxyType[str, Any] = MappingProxyType(
    {"blind": {"share": 0}, "page": {"suggestions_from": 0}}
)
"""New projects hide a share of them, and begin after some labels."""
