ALTER TYPE mood ADD VALUE 'fair' AFTER 'good';
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'fair' BEFORE 'bad';
ALTER TYPE mood RENAME VALUE 'good' TO 'fine';
-- its down file:
ALTER TYPE mood ADD VALUE 'fair';
