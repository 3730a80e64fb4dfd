"""The business of the clinic: finding times, offering them, booking them, remembering what was done."""
