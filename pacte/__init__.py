"""The project: its root composes the rooms, each of which says what it may import."""
