"""What `dalt.data.sources` reads and writes with.

`folders` lists files, `paths` and `files` look at them and refer to them, `images` are
image files and arrays, `audio` audio files, `tables` checks texts and table rows, `copies`
keeps what is copied into a project, and `found` is what comes of it all.
"""
