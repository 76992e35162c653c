"""From PyTorch modules to a folder of ONNX files and weights, checked number by number."""
