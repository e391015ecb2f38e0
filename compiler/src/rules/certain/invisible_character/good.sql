-- A no-break space in a comment.
INSERT INTO größe VALUES ('a b', $$​$$);
-- or:
SELECT 1 AS "a b";
-- or:
SELECT '﻿', 名前 FROM t;
