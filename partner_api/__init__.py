"""Everything on the wire between the portal and its partners."""
