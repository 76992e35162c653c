"""How `compact` was made: an embedder and a classifier learn what a teacher hears."""
