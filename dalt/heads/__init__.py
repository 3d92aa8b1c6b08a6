"""The heads, one file each, and what they share; `dalt.model` is the way in."""
