"""What `dalt.sources` reads and writes with.

`folders` lists files, `plain` and `files` look at them and refer to them, `pictures` are
image files and arrays, `clips` audio files, `rows` checks texts and table rows, `copies`
keeps what is copied into a project, and `found` is what comes of it all.
"""
