pgstrata::embed_migrations!("ui/directive_misspelt");

fn main() {}
