"""The port to the clinic's information system (MIS) and its adapters."""
