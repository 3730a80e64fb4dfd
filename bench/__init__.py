"""Speed and size of the whole running system, measured through the desk: `python -m bench`."""
