"""What learns: encoders, heads, strategies, the trainer, and the search for better ones."""
