"""The visit on site: the appointment, the record on a phone, the signatures, and what it calls for."""
