"""The report of a study: one HTML file with its plots, and the same figures as plain values."""
