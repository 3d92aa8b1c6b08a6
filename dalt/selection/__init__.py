"""Strategies that outgrew `dalt.strategies`."""
