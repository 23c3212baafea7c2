"""The demo: the whole product on one machine, with users, data and a running job."""
