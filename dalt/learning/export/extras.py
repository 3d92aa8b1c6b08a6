"""What the extra ``export`` brings: asked for before anything is computed."""

from __future__ import annotations

from dalt.core.records import BadInput
from dalt.learning.encoders.installed import is_installed

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
