"""The edge: HTTP, WebSocket, feeds in, handset, demo, replay, bench, settings. No police rule lives here."""
