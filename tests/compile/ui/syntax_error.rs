pgstrata::embed_migrations!("ui/syntax_error");

fn main() {}
