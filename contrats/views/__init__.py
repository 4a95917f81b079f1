"""Pages of contracts: those of everyone, the joining requests."""
