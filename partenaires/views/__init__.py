"""Pages of partners: those of everyone, those of its members, the invitations."""
