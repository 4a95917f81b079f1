"""How the portal is served: editions of what is published, pages kept, crowds, measures.

It may import `socle`.
"""
