"""Pipelines compared on the same data: `make bench-nlu`; docs/understanding.md tells the choice."""
