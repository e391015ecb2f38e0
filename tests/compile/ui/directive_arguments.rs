pgstrata::embed_migrations!("ui/directive_arguments");

fn main() {}
