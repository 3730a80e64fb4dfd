"""Danger for a life: help first, the open task waits until somebody says that all is calm."""
