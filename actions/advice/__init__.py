"""Which doctor to go to: at most two questions, then a specialty with the reason; never a diagnosis."""
