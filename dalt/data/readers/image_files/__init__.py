"""The kinds of image files, each behind the same two protocols."""
