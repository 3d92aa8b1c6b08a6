"""Finding the samples that files of labels and other programs name."""
