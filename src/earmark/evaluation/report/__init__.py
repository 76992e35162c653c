"""How good a tagger is, as one page of HTML."""
