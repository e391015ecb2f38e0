pgstrata::embed_migrations!("ui/unterminated_identifier");

fn main() {}
