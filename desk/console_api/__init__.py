"""HTTP of the operators' window: lists, threads, what is done with them, and the stream of changes."""
