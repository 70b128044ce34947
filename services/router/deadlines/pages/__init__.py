"""The pages of the clocks and of reminders."""
