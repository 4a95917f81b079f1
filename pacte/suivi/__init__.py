"""Where actions and money stand, and what is still missing.

It may import the layers, `accueil`.
"""
