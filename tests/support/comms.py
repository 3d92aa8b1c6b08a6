"""What a browser sends to a widget, delivered without a browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipywidgets import Widget


def deliver(widget: Widget, content: Mapping[str, Any]) -> None:
    """Hand a custom message to a widget by the comm on which a kernel gets it."""
    data = {"method": "custom", "content": dict(content)}
    widget.comm.handle_msg({"content": {"data": data}, "buffers": []})
