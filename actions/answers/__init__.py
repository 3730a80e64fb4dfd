"""Answers to questions that can be asked at any moment."""
