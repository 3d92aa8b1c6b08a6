"""Encoders turn raw samples of one kind into float32 embeddings, without labels.

``image`` (convolutional autoencoder), ``table`` input and dense autoencoder in ``dense``,
and ``text`` (TF-IDF below the dense autoencoder).  Use ``dalt.features``: nothing is imported
here, so opening embeddings never imports torch.
"""
