"""Encoders: raw samples of one kind in, float32 embeddings out, without labels.

``image`` (convolutional autoencoder), ``table`` input and dense autoencoder in ``dense``,
and ``text`` (TF-IDF below the dense autoencoder).  ``dalt.features`` is the door: nothing
is imported here, so that opening embeddings never pays for torch.
"""
