"""Encoder and head in one ONNX file: raw samples in, probabilities out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dalt.core.errors import first_line, shown
from dalt.core.records import BadInput, Encoder, Floats
from dalt.data.sources import ENCODED_PIXELS
from dalt.learning.encoders.audio import AudioEncoder
from dalt.learning.encoders.dense import TableEncoder
from dalt.learning.encoders.image import ImageEncoder
from dalt.learning.encoders.mel import HOP, N_FRAMES, RATE
from dalt.learning.encoders.pretrained import PretrainedEncoder
from dalt.learning.encoders.text import LONGEST, TextEncoder
from dalt.learning.export.extras import refuse_two
from dalt.learning.export.graph import FLOAT, INT64, STRING, Graph
from dalt.learning.export.heads import add_head, width_of
from dalt.learning.export.images import (
    add_image_encoder,
    add_pretrained_images,
    cannot_be_written,
)
from dalt.learning.export.sounds import add_sound_encoder
from dalt.learning.export.tables import add_table_encoder, described
from dalt.learning.export.texts import add_text_encoder
from dalt.learning.heads.snapshot import Snapshot

SIGN = "dalt.snapshot_hash"
"""A name in the metadata of every file that is written here."""
INPUT, CLASSES = "dalt.input", "dalt.classes"
PROBABILITIES, LABEL = "probabilities", "label"


@dataclass(frozen=True)
class About:
    """What a file says of itself.

    Attributes
    ----------
    project : str
    guideline : str
    n_labels : int
        How many labels the snapshot has learned.
    """

    project: str
    guideline: str = ""
    n_labels: int = 0


def onnx_model(encoder: Encoder | None, snapshot: Snapshot, about: About) -> bytes:
    """Write encoder and head as one ONNX model.

    Parameters
    ----------
    encoder : Encoder or None
        The one that the snapshot learned on; without it the model reads embeddings.
    snapshot : Snapshot
    about : About

    Returns
    -------
    bytes
        The same for the same encoder and snapshot.  Inputs are described in ``dalt.input`` of the
        metadata.  The outputs are ``probabilities``, float32 of shape (n, n_classes), and, where
        a sample has one class, ``label``, the likeliest class of each sample.

    Raises
    ------
    BadInput
        If ``dalt[export]`` is not installed, or the encoder cannot be written to ONNX.
    """
    graph = Graph()
    embeddings = _add_encoder(graph, encoder, snapshot)
    n_classes = len(snapshot.classes)
    probabilities = add_head(graph, snapshot.weights, embeddings, n_classes)
    graph.output(PROBABILITIES, probabilities, FLOAT, ["n", n_classes])
    if not snapshot.multi:
        best = graph.cast(graph.op("ArgMax", probabilities, axis=1, keepdims=0), INT64)
        names = graph.texts(list(snapshot.classes))
        graph.output(LABEL, graph.op("Gather", names, best), STRING, ["n"])
    what = f"{about.project}: {input_of(encoder, snapshot)['what']} to probabilities of classes."
    metadata = _metadata(encoder, snapshot, about)
    content: bytes = graph.model("dalt", metadata, what).SerializeToString(deterministic=True)
    return content


def _add_encoder(graph: Graph, encoder: Encoder | None, snapshot: Snapshot) -> str:
    refuse_two(encoder)
    if encoder is None:
        return graph.input("embeddings", FLOAT, ["n", width_of(snapshot.weights)])
    if isinstance(encoder, ImageEncoder):
        return add_image_encoder(graph, encoder)
    if isinstance(encoder, TextEncoder):
        return add_text_encoder(graph, encoder)
    if isinstance(encoder, TableEncoder):
        return add_table_encoder(graph, encoder)
    if isinstance(encoder, AudioEncoder):
        return add_sound_encoder(graph, encoder)
    if isinstance(encoder, PretrainedEncoder):
        if encoder.kind == "image":
            return add_pretrained_images(graph, encoder)
        raise cannot_be_written(encoder.backbone)
    raise BadInput(
        f"The encoder of this project is an object of your own ({type(encoder).__name__}), which "
        "DALT cannot write to ONNX: encode with an .onnx file of it, or add its embeddings with "
        "project.add_embeddings, whose model reads embeddings."
    )


def input_of(encoder: Encoder | None, snapshot: Snapshot) -> dict[str, Any]:
    """What the file reads, as JSON keeps it."""
    if encoder is None:
        return {
            "kind": "embeddings",
            "what": "embeddings, as they were given to the project",
            "n_dims": width_of(snapshot.weights),
        }
    if encoder.kind == "image":
        return _of_images(encoder)
    if encoder.kind == "text":
        what = f"texts as they are, of which {LONGEST:,} characters are read"
        return {"kind": "text", "what": what, "longest": LONGEST}
    if encoder.kind == "audio":
        return {
            "kind": "audio",
            "what": f"one clip, a mono waveform at {RATE:,} Hz from -1 to 1, of up to 30 s",
            "rate": RATE,
            "longest": N_FRAMES * HOP,
        }
    assert isinstance(encoder, TableEncoder)
    return {
        "kind": "table",
        "what": "rows, each column as an input of its own",
        "columns": described(encoder),
    }


def _of_images(encoder: Encoder) -> dict[str, Any]:
    """Size, colour and scale of what the net sees, which the graph makes of any picture."""
    said: dict[str, Any] = {
        "kind": "image",
        "what": "upright RGB pictures of any size, uint8 of shape (n, height, width, 3)",
        "longest": ENCODED_PIXELS,
    }
    if isinstance(encoder, ImageEncoder):
        colour = "RGB" if encoder.frame.channels == 3 else "grey"
        return said | {"size": encoder.frame.side, "colour": colour, "scale": "0 to 1"}
    assert isinstance(encoder, PretrainedEncoder)
    settings = encoder.backbone.images.settings()  # type: ignore[attr-defined]  # checked before
    colour = "RGB" if settings["channels"] == 3 else "grey"
    return said | {
        "size": settings["size"],
        "colour": colour,
        "scale": "0 to 1, minus the mean, by the deviation",
        "mean": settings["mean"],
        "deviation": settings["deviation"],
    }


def _metadata(encoder: Encoder | None, snapshot: Snapshot, about: About) -> dict[str, str]:
    from dalt.core.version import __version__

    said = {
        "dalt.version": __version__,
        "dalt.project": about.project,
        "dalt.guideline": about.guideline,
        CLASSES: json.dumps(list(snapshot.classes), ensure_ascii=False),
        "dalt.several_classes": json.dumps(snapshot.multi),
        INPUT: json.dumps(input_of(encoder, snapshot), ensure_ascii=False),
        "dalt.snapshot": str(snapshot.version),
        "dalt.encoder": snapshot.encoder,
        "dalt.head": snapshot.head,
        "dalt.n_labels": str(about.n_labels),
        SIGN: snapshot.hash,
    }
    return {name: text for name, text in said.items() if text}


# --- running it -------------------------------------------------------------------------------


class OnnxPredictor:
    """Runs a file that DALT wrote, by ONNX Runtime.

    Parameters
    ----------
    content : bytes

    Attributes
    ----------
    classes : tuple of str
    metadata : dict of str to str

    Raises
    ------
    BadInput
        If it cannot be run, or DALT did not write it.
    """

    def __init__(self, content: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors have no common base
            raise BadInput(f"The ONNX model cannot be run: {first_line(error)}") from error
        self.metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        if SIGN not in self.metadata:
            raise BadInput("This ONNX model was not written by DALT.")
        self.classes: tuple[str, ...] = tuple(json.loads(self.metadata[CLASSES]))
        self._input: dict[str, Any] = json.loads(self.metadata[INPUT])

    def predict(self, raw: Sequence[Any]) -> Floats:
        """Probabilities of raw samples as DALT reads them: float32 of shape (n, n_classes)."""
        kind = self._input["kind"]
        if kind in ("image", "audio"):
            parts = [self._run(_alone(kind, raw[i])) for i in range(len(raw))]
        else:
            parts = [self._run(self._together(kind, [raw[i] for i in range(len(raw))]))]
        return np.concatenate(parts)

    def _run(self, inputs: Mapping[str, Any]) -> Floats:
        try:
            found = self._session.run([PROBABILITIES], dict(inputs))[0]
        except Exception as error:  # its errors have no common base
            raise BadInput(f"The ONNX model failed: {first_line(error)}") from error
        return np.asarray(found, np.float32)

    def _together(self, kind: str, raw: list[Any]) -> dict[str, Any]:
        if kind == "embeddings":
            return {"embeddings": np.asarray(raw, np.float32)}
        if kind == "text":
            return {"texts": np.array(raw, object)}
        return {each["name"]: _column(each, raw) for each in self._input["columns"]}


def _alone(kind: str, sample: Any) -> dict[str, Any]:
    if kind == "audio":
        return {"wave": np.asarray(sample, np.float32)}
    pixels = np.asarray(sample, np.uint8)
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    return {"images": np.broadcast_to(pixels, (1, *pixels.shape[:2], 3))}


def _column(described: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Any:
    cells = [row.get(described["name"]) for row in rows]
    if described["type"] == "number":
        from dalt.learning.encoders.columns import number_of

        return np.array([[number_of(cell)] for cell in cells], np.float64)
    missing = described["missing"]
    return np.array([[missing if cell is None else str(cell)] for cell in cells], object)


def check_same(content: bytes, raw: Sequence[Any], expected: Floats) -> float:
    """Compare a model with what the project predicts; return the largest difference.

    Raises
    ------
    BadInput
        If a probability differs by more than `TOLERANCE`.
    """
    found = OnnxPredictor(content).predict(raw)
    difference = float(np.abs(found - expected).max(initial=0.0))
    if not difference <= TOLERANCE:
        raise BadInput(
            f"The ONNX model would not answer as the project does: probabilities differ by up to "
            f"{difference:.2g} (at most {TOLERANCE:g} is allowed), so it was not written; take "
            f"project.estimator(), and please report this with {shown('dalt --version')}."
        )
    return difference


TOLERANCE = 1e-4
"""How far a probability may be from that of the project."""
