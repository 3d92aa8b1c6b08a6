"""Engines that search for a head (floor 1); `dalt.tuning` says what they do."""
