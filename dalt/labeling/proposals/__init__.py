"""Which parts of pictures and texts are likely to be marked, and whether people keep them."""
