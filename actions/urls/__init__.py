"""Addresses of actions: the public pages, the partner space."""
