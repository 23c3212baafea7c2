"""The page objects of the API log, the budget, the connection and the certification."""
