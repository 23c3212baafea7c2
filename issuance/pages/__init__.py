"""One frozen object for each page of issuances, so that no template runs a query."""
