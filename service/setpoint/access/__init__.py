"""Who may do what: scopes, tokens, and which of them an operation needs. Pure."""
