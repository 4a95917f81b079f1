"""Pages of accounts: one's own, the single sign-on."""
