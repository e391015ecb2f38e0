pgstrata::embed_migrations!("ui/directive_misplaced");

fn main() {}
