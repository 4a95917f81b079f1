"""Reference data and its loading, the fictitious follow-up of the demonstration included.

It may import the layers, `portail`, `comptes`, `rapports`.
"""
