"""Backups of projects, and projects from backups."""
