CREATE TABLE account (id bigint PRIMARY KEY, active boolean);
-- then:
DO $$ DECLARE done bigint; BEGIN LOOP
    UPDATE account SET active = true WHERE id IN (SELECT id FROM account WHERE active IS NULL LIMIT 1000);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ these batches are one transaction: their rows of `account` stay locked until the last one is done
    GET DIAGNOSTICS done = ROW_COUNT; EXIT WHEN done = 0;
END LOOP; END $$;
DO $$ BEGIN FOR first IN 1 .. 900000 BY 1000 LOOP
    DELETE FROM ONLY account WHERE id BETWEEN first AND first + 999;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ these batches are one transaction: their rows of `account` stay locked until the last one is done
END LOOP; END $$;
DO LANGUAGE plpgsql 'BEGIN <<rounds>> FOR last IN REVERSE 900 .. 1 BY 100 LOOP IF last > 1 THEN
    DELETE FROM account WHERE id > last;
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ these batches are one transaction: their rows of `account` stay locked until the last one is done
END IF; END LOOP rounds; END';
DO $$ DECLARE size int := 500; BEGIN LOOP
    DELETE FROM account WHERE id IN (SELECT id FROM account WHERE active LIMIT size);
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ these batches are one transaction: their rows of `account` stay locked until the last one is done
    EXIT WHEN NOT FOUND;
END LOOP; END $$;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, active boolean);
-- then:
-- pgstrata: no-transaction
DO $$ BEGIN WHILE EXISTS (SELECT FROM account WHERE active IS NULL) LOOP
    WITH some AS (SELECT id FROM account WHERE active IS NULL LIMIT 1000)
--  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ these batches are one transaction: their rows of `account` stay locked until the last one is done
    UPDATE account SET active = true FROM some WHERE account.id = some.id;
END LOOP; END $$;
