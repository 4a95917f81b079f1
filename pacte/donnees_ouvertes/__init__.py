"""Open data: every public export as a dataset, its schema, its page, and their DCAT-AP catalogue.

It may import the layers.
"""
