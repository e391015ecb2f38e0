CREATE TABLE account (id bigint PRIMARY KEY, active boolean);
-- then:
DO $$ BEGIN UPDATE account SET active = true WHERE id IN (SELECT id FROM account LIMIT 1000); END $$;
DO $$ DECLARE it record; BEGIN FOR it IN SELECT id FROM account ORDER BY id LIMIT 1000 LOOP
    UPDATE account SET active = true WHERE id = it.id;
END LOOP; END $$;
DO $$ BEGIN FOR first IN 1 .. 900000 BY 1000 LOOP
    PERFORM pg_notify('first', first::text);
END LOOP; DELETE FROM account WHERE id = 1; END $$;
DO $$ BEGIN FOR first IN 1 .. 9 BY 3 LOOP RAISE NOTICE 'DELETE FROM account LIMIT'; END LOOP; END $$;
DO $$ DECLARE it record; BEGIN FOR it IN SELECT id FROM account LOOP
    UPDATE account SET active = (SELECT active FROM account AS other ORDER BY id LIMIT 1) WHERE id = it.id;
    UPDATE account SET active = true WHERE id IN (SELECT id FROM account WHERE id > it.id LIMIT 1);
END LOOP; END $$;
CREATE TABLE fresh (id bigint);
DO $$ BEGIN FOR first IN 1 .. 900000 BY 1000 LOOP DELETE FROM fresh WHERE id < first; END LOOP; END $$;
-- or:
CREATE TABLE account (id bigint PRIMARY KEY, active boolean);
-- then:
-- pgstrata: no-transaction
DO $$ DECLARE done bigint; BEGIN LOOP
    UPDATE account SET active = true WHERE id IN (SELECT id FROM account WHERE active IS NULL LIMIT 1000);
    GET DIAGNOSTICS done = ROW_COUNT; EXIT WHEN done = 0;
    COMMIT;
END LOOP; END $$;
