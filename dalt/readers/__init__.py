"""What `dalt.sources` reads and writes with.

`pictures` are image files and arrays, `folders` lists files, `rows` checks texts and
table rows, and `copies` keeps what is copied into a project.
"""
