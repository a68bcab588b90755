"""Programs that look for schedules under which Satchel breaks its promises; see README.md."""
