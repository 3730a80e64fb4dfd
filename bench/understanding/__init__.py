"""How well patients are understood: evaluation sets, noise, the table of targets, the report."""
