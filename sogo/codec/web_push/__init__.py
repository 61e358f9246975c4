"""Web Push: messages that only the receiver reads (`encryption`), and who sends them (`vapid`)."""
