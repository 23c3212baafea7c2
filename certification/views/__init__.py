"""The views of the API log, the budget, the connection and the certification."""
