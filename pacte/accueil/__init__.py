"""Home with the map of the pact, search, news and feeds, site map.

It may import the layers, `donnees_ouvertes`.
"""
