"""Doors through which patients' messages come in and replies go out."""
