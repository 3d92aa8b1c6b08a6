"""The kinds of sound files, each behind the same protocol."""
