DO $body$ BEGIN NULL; END $bodY$;
