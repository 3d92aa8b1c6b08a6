"""Proposals of regions in pictures and texts, and whether people keep them."""
