"""The model as a file of its own: an ONNX graph, and a scikit-learn estimator."""
