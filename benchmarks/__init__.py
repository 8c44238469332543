"""Khéo beside what people would use instead, on a register as large as the country's."""
