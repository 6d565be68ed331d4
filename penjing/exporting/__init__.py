"""A run becomes one sealed file: torch in, ONNX out."""
