"""The operators' views of calls, budget and certification."""
