"""Names of the formats of `dalt.data.exchange.registry`, without their readers and writers."""

NAMES = (
    "conll", "argilla", "chat", "yolo", "cvat", "voc", "labelme", "coco", "huggingface",
    "label-studio", "prodigy", "doccano", "spacy", "json", "imagefolder",
)  # fmt: skip
"""In the order of the registry."""
