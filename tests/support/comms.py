"""What a browser sends to a widget, delivered without a browser."""

from __future__ import annotations

from typing import Any


def deliver(connection: Any, content: Any) -> None:
    """Hand a message to a widget as its connection (`widget.comm`) to the browser does."""
    data = {"method": "custom", "content": content}
    connection.handle_msg({"content": {"data": data}, "buffers": []})
