"""Addresses of contracts: the public pages, the joining requests."""
