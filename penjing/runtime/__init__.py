"""Opens an artifact anywhere: numpy, pillow, ONNX Runtime. No torch."""
