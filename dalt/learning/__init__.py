"""Learning: encoders, heads, strategies, the trainer, and the search for better heads."""
