-- Removes metadata_stamps with its index.

DROP TABLE metadata_stamps;
