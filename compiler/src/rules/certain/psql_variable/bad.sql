:setup;
--^^^^ `:setup` is a psql variable
GRANT SELECT ON account TO :reader;
--                         ^^^^^^^ `:reader` is a psql variable
INSERT INTO setting VALUES ('owner', :'owner') ON CONFLICT DO NOTHING;
--                                   ^^^^^^^^ `:'owner'` is a psql variable
INSERT INTO setting VALUES (:id) ON CONFLICT DO NOTHING;
--                          ^^^ `:id` is a psql variable
-- or:
SELECT names[1], :name FROM account;
--               ^^^^^ `:name` is a psql variable
