"""Who gets which waiting conversation: presence of the staff, the decision, the loop that carries it out."""
