"""More frames that people get of a project (the room of ``frames.py``)."""
