"""Russian as patients write it: words, wishes, names, numbers. Pure functions; imports nothing of ours.

Runs on Python 3.10 and later with pymorphy3, rapidfuzz and PyYAML only, because the Rasa process is
bound to 3.10.
"""
