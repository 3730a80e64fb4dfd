"""What Rasa calls: thin actions over `clinic`, a module for each task of the patient."""
