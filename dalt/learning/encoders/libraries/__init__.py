"""Encoders from other libraries, by the names that people know them by.

`names` says which there are, `hub` fetches weights, `opening` makes an encoder's backbone of them.
Nothing here is imported before somebody names such an encoder, but `names`, which is light.
"""
