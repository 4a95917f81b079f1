"""Pages of actions: those of everyone, those of a partner."""
