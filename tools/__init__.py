"""Making, starting and checking the product: what the Makefile calls."""
