"""Visits that stand: who asks is proved by a code, then they are listed, moved or cancelled."""
