"""Accounts: signing in, second factor, sessions, single sign-on, changes made by two.

It may import the layers, `echanges`.
"""
