"""How the portal is served: editions of what is published, pages kept for readers, measures.

It may import `socle`.
"""
