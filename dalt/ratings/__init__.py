"""What the answers of several annotators say together (the room of ``quality.py``)."""
