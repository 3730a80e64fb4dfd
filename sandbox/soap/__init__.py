"""The SOAP service of BIT.UMC: the same business functions in another envelope."""
