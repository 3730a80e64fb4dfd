"""Who of the staff may come in and do what: accounts, sessions, roles, and the log of what they did."""
