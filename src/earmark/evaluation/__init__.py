"""How good a tagger is: against a teacher, and against what people heard."""
