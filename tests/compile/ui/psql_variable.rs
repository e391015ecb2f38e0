pgstrata::embed_migrations!("ui/psql_variable");

fn main() {}
