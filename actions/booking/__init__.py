"""Booking a visit: the form, its questions, the choice of a time, the booking itself."""
