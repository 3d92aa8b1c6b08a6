"""The file formats of others, beside those of `dalt.data.formats`."""
