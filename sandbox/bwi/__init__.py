"""The HTTP service `bwi` of BIT.UMC: what goes over the wire, with all its habits."""
