"""Weights that others trained, taken into taggers of our own."""
