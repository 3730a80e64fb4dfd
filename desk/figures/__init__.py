"""Figures of the desk, all computed from the events of conversations and from nothing else."""
