"""The trainer: `trainer` has the loop, the others what it does besides fitting."""
