"""Certified finish: audits of a frozen model, and a promise on the errors of its labels."""
