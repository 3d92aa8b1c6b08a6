"""What the trainer does besides fitting; `dalt.trainer` has the loop."""
