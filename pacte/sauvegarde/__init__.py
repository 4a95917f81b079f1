"""The database and the documents in one file: written, encrypted, verified, put back.

It may import the foundations.
"""
