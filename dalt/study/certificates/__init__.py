"""Certified finish: audits of a frozen model, and the promise that its labels keep."""
