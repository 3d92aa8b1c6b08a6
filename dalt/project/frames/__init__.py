"""The frames that people get of a project."""
