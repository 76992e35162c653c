"""Classifiers learn here, from embedding sets and from recordings."""
