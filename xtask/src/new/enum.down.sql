DROP TYPE {type};
