"""Readers of raw data for `dalt.data.sources`.

`folders` lists files, `paths` and `files` check and reference them, `images` reads image files
and arrays, `audio` audio files, `tables` checks texts and table rows, `copies` keeps data that is
copied into a project, and `found` holds the results.
"""
