pgstrata::embed_migrations!("ui/unterminated_string");

fn main() {}
