"""Addresses of partners: the public pages, the partner space, the invitations."""
