"""The whole product on one machine, with people, data and a running job, for whoever wants to look at it."""
