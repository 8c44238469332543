"""The same three endpoints as people would write them without Khéo."""
