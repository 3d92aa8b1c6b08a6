"""Engines that search for a head; `dalt.learning.tuning.contract` says what they do."""
