"""Pictures of patients: cleaned as they come, stored with their message, shown to both sides."""
