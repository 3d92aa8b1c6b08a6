"""The DataFrames of a project."""
