"""Engines that search for a head; `dalt.learning.tuning.contract` has their interface."""
