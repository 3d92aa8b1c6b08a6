"""A graph of ONNX operators that is written step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput
from dalt.learning.export.extras import require_onnx

OPSET = 20
"""Version of the operators: the first with regular expressions, which texts need."""
OF_LABELS, OF_RUNTIME = "ai.onnx.ml", "com.microsoft"
OPSETS = {"": OPSET, OF_LABELS: 3, OF_RUNTIME: 1}
IR_VERSION = 9
FLOAT, DOUBLE, BYTE, INT32, INT64, BOOL, STRING = 1, 11, 2, 6, 7, 9, 8
"""Types of tensors as ONNX numbers them; that of bytes is unsigned."""
PREFIX = "dalt."
"""Before the names of everything inside, so an input may have the name of any column."""

Size = int | str


class Graph:
    """Operators in the order in which they compute; each gives the name of its output.

    Examples
    --------
    >>> graph = Graph()
    >>> rows = graph.input("rows", FLOAT, ["n", 2])
    >>> graph.output("doubled", graph.op("Add", rows, rows), FLOAT, ["n", 2])
    >>> [node.op_type for node in graph.model("twice", {}).graph.node]
    ['Add', 'Identity']
    """

    def __init__(self) -> None:
        require_onnx()
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._functions: list[Any] = []
        self._opsets = dict(OPSETS)
        self._n = 0

    def input(self, name: str, kind: int, shape: Sequence[Size]) -> str:
        """Declare an input; a size that is a text is left open."""
        from onnx import helper

        self._inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name: str, value: str, kind: int, shape: Sequence[Size]) -> None:
        """Declare a value as an output, by that name."""
        from onnx import helper

        self._outputs.append(helper.make_tensor_value_info(name, kind, shape))
        self._nodes.append(helper.make_node("Identity", [value], [name]))

    def constant(
        self, value: NDArray[Any] | np.generic | float | Sequence[int], kind: Any = np.float32
    ) -> str:
        """Return the name of a constant: what numpy made as it is, else float32 by default."""
        from onnx import numpy_helper

        made = isinstance(value, np.ndarray | np.generic)
        array = np.asarray(value) if made else np.asarray(value, kind)
        name = self._name("constant")
        self._constants.append(numpy_helper.from_array(np.require(array, requirements="C"), name))
        return name

    def texts(self, values: Sequence[str], shape: Sequence[int] | None = None) -> str:
        """Return the name of a constant of texts."""
        from onnx import helper

        name = self._name("texts")
        sizes = [len(values)] if shape is None else list(shape)
        coded: Any = [value.encode() for value in values]  # texts are not in its annotation
        self._constants.append(helper.make_tensor(name, STRING, sizes, coded))
        return name

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Apply an operator and return the name of its output; an empty input is left out."""
        from onnx import helper

        name = self._name(kind)
        node = helper.make_node(kind, inputs, [name], domain=domain or None, **attributes)
        self._nodes.append(node)
        return name

    def chain(self, value: str, *kinds: str) -> str:
        """Apply operators of one input, one after another."""
        for kind in kinds:
            value = self.op(kind, value)
        return value

    def cast(self, value: str, kind: int) -> str:
        """Change the type of a value."""
        return self.op("Cast", value, to=kind)

    def part(self, value: str, start: int, stop: int, axis: int = 0) -> str:
        """Cut out a range along an axis."""
        ends = ([start], [stop], [axis])
        return self.op("Slice", value, *(self.constant(each, np.int64) for each in ends))

    def reduced(self, kind: str, value: str, axes: Sequence[int], keep: bool = True) -> str:
        """Sum, mean, maximum … along axes."""
        return self.op(kind, value, self.constant(axes, np.int64), keepdims=int(keep))

    def shaped(self, value: str, shape: Sequence[int]) -> str:
        """Give a value another shape; 0 keeps a size, and -1 takes what is left."""
        return self.op("Reshape", value, self.constant(shape, np.int64))

    def inline(self, model: Any, value: str) -> str:
        """Put another model of one input in, and return the name of its first output.

        Parameters
        ----------
        model : onnx.ModelProto
        value : str
            What its input gets.

        Raises
        ------
        BadInput
            If its operators are too old and cannot be brought to `OPSET`.
        """
        from onnx import compose, helper

        model = _of_opset(model)
        for each in model.opset_import:
            self._opsets[each.domain] = max(self._opsets.get(each.domain, 0), each.version)
        inner = compose.add_prefix(model, self._name("model") + ".")
        known = {each.name for each in inner.graph.initializer}
        given = next(each.name for each in inner.graph.input if each.name not in known)
        self._nodes.append(helper.make_node("Identity", [value], [given]))
        self._nodes.extend(inner.graph.node)
        self._constants.extend(inner.graph.initializer)
        self._functions.extend(inner.functions)
        return str(inner.graph.output[0].name)

    def model(self, name: str, metadata: Mapping[str, str], description: str = "") -> Any:
        """Return the whole as a checked ``onnx.ModelProto``."""
        import onnx
        from onnx import helper

        from dalt.core.version import __version__

        graph = helper.make_graph(
            self._nodes,
            name,
            self._inputs,
            self._outputs,
            self._constants,
            doc_string=description,
        )
        used = {node.domain for node in self._nodes} | {""}
        model = helper.make_model(
            graph,
            functions=self._functions,
            opset_imports=[
                helper.make_opsetid(domain, version)
                for domain, version in sorted(self._opsets.items())
                if domain in used or domain not in OPSETS
            ],
            ir_version=IR_VERSION,
            producer_name="dalt",
            producer_version=__version__,
            doc_string=description,
        )
        helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model)
        return model

    def _name(self, kind: str) -> str:
        self._n += 1
        return f"{PREFIX}{kind}.{self._n}"


def _of_opset(model: Any) -> Any:
    """The same model, its operators at least of `OPSET`."""
    from onnx import version_converter

    version = next((each.version for each in model.opset_import if not each.domain), OPSET)
    if version >= OPSET:
        return model
    try:
        return version_converter.convert_version(model, OPSET)
    except Exception as error:  # its errors have no common base
        raise BadInput(
            f"The ONNX model that this project is encoded with has operators of version {version}, "
            f"which cannot be brought to version {OPSET}: export it with opset {OPSET}, and encode "
            "with that."
        ) from error
