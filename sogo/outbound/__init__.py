"""Requests to other servers on the net, where somebody else says whereto. One door: `sogo.outbound.client`."""
