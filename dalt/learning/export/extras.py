"""What is asked before a model is written: what the extra ``export`` brings, and the encoder."""

from __future__ import annotations

from dalt.core.records import BadInput, Encoder
from dalt.learning.encoders.installed import is_installed
from dalt.learning.encoders.side_by_side import SideBySide

HOW = "pip install 'dalt[export]'"


def require_onnx() -> None:
    """Refuse to go on where what writes and runs ONNX files is not installed.

    Raises
    ------
    BadInput
        If it is not; the message names the command.
    """
    if not (is_installed("onnx") and is_installed("onnxruntime")):
        raise BadInput(f"Writing ONNX files needs onnx and onnxruntime: {HOW}")


def require_skops() -> None:
    """Refuse to go on without skops.

    Raises
    ------
    BadInput
        If it is not installed; the message names the command.
    """
    if not is_installed("skops"):
        raise BadInput(f"Files of estimators need skops: {HOW}")


def require_onnxscript() -> None:
    """Refuse to go on without what writes modules of torch.

    Raises
    ------
    BadInput
        If it is not installed; the message names the command.
    """
    if not is_installed("onnxscript"):
        raise BadInput(f"Writing a torch module to ONNX needs onnxscript: {HOW}")


def refuse_two(encoder: Encoder | None) -> None:
    """Refuse two encoders side by side, which no file keeps.

    Raises
    ------
    BadInput
        If DALT has chosen them; the message names the way out.
    """
    if isinstance(encoder, SideBySide):
        raise BadInput(
            "The project uses two encoders side by side, since these suggest best, and a file "
            "keeps one: name one, for example project.encode('autoencoder')."
        )
