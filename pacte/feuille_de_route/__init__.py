"""The sheets of an axis, a contract and a partner, with all that the other nouns say of them.

It may import the layers.
"""
