"""Clip of embeddings -> scores: networks to train with PyTorch, and the session that runs them."""
