"""The views of campaigns and of the catalog."""
