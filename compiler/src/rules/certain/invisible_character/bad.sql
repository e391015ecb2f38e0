CREATE TABLE t (id int);
--    ^ U+00A0 (a no-break space) outside quotes
-- or:
CREATE TABLE u (id int​);
--                    ^ U+200B (a zero-width space) outside quotes
-- or:
SELECT 1; ﻿SELECT 2;
--        ^ U+FEFF (a byte order mark inside the file) outside quotes
