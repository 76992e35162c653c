"""Which embedder goes into a tagger of a person's own sounds: as it is, refitted, or fine-tuned."""
