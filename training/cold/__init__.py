"""A first coder from a codebook alone."""
