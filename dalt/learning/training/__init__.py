"""The trainer: `trainer` has the loop, the other modules its further duties."""
