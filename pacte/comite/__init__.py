"""The steering committee: its meetings, their agenda, the decisions that they took.

It may import the layers, `rapports`, `suivi`.
"""
