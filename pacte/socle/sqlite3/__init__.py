"""Django's backend of SQLite, which goes on reading when the disk takes no more."""
