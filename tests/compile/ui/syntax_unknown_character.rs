pgstrata::embed_migrations!("ui/syntax_unknown_character");

fn main() {}
