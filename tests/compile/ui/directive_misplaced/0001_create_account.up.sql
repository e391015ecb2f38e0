-- pgstrata: optional
CREATE TABLE account (id bigint);
-- pgstrata: phase expand
-- pgstrata: expect-error 23505
INSERT INTO account VALUES (1) ON CONFLICT DO NOTHING;
