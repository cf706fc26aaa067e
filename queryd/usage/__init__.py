"""Count requests, tokens, cost, context, cache and limits."""
