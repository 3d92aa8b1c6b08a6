"""Simulated annotators: how long a project would take, before anybody has labelled it."""
