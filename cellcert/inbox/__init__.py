"""What the system told a person, also without a mail address (消息)."""
