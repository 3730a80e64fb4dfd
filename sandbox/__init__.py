"""A medical information system to run against: speaks BIT.UMC's HTTP service, holds invented data."""
