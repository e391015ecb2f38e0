GRANT SELECT ON account TO :reader;
