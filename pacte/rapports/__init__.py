"""The yearly reports: what they tell, frozen, agreed on by both parties, released.

It may import the layers, `donnees_ouvertes`, `suivi`.
"""
