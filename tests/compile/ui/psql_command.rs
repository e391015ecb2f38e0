pgstrata::embed_migrations!("ui/psql_command");

fn main() {}
