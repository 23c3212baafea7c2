"""The calls between the portal and its partners: client, pacing, the log of exchanges, signatures of webhooks."""
