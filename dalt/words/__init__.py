"""The words of `dalt.records`, by topic."""
