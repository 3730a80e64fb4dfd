"""The desk: the only public process. It owns conversations; Rasa behind it only answers turns."""
