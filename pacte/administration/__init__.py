"""The administration: its home with what is to be settled, its queues.

It may import the layers, `comptes`, `echanges`, `portail`, `rapports`, `suivi`.
"""
